"""`python -m benchmarks [ID...]`: run all benchmarks, or those named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial

from benchmarks import claims, courses, ingest, installation, items, structure


def engine(name: str) -> None:
    """The engine's benchmarks set Django up, each in a process and with a database of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.engine", name], check=True)


BENCHMARKS: dict[str, Callable[[], None]] = {
    "ingest-speed": ingest.speed,
    "ingest-words": ingest.words,
    "ingest-memory": ingest.memory,
    "admin-load": partial(engine, "admin-load"),
    "book-growth": partial(engine, "book-growth"),
    "book-vs-pdfplumber": partial(engine, "book-vs-pdfplumber"),
    "claim-checks": claims.claim_checks,
    "course-vs-sequential": courses.sequential,
    "course-vs-critical-path": courses.critical_path,
    "slots-busy": courses.slots_busy,
    "installation-memory": installation.memory,
    "item-checks": items.item_checks,
    "idle-queries": partial(engine, "idle-queries"),
    "job-status": partial(engine, "job-status"),
    "import-speed": partial(engine, "import-speed"),
    "page-load": partial(engine, "page-load"),
    "quiz-crowd": partial(engine, "quiz-crowd"),
    "queue-throughput": partial(engine, "queue-throughput"),
    "recovery": partial(engine, "recovery"),
    "start": installation.start,
    "structure": structure.structure,
    "telemetry-cost": partial(engine, "telemetry-cost"),
    "ten-courses": partial(engine, "ten-courses"),
    "upload-under-load": partial(engine, "upload-under-load"),
    "vector-scale": partial(engine, "vector-scale"),
    "worker-memory": partial(engine, "worker-memory"),
}


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        known = ", ".join(BENCHMARKS)
        sys.stderr.write(f"There is no benchmark {unknown[0]}. Known: {known}\n")
        return 2
    for name in wanted:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
