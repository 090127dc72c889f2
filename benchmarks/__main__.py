"""`python -m benchmarks [ID...]`: run all benchmarks, or those named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial

from benchmarks import courses, ingest


def engine(name: str) -> None:
    """The engine's benchmarks set Django up, each in a process and with a database of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.engine", name], check=True)


BENCHMARKS: dict[str, Callable[[], None]] = {
    "ingest-speed": ingest.speed,
    "ingest-words": ingest.words,
    "ingest-memory": ingest.memory,
    "course-vs-sequential": courses.sequential,
    "course-vs-critical-path": courses.critical_path,
    "slots-busy": courses.slots_busy,
    "idle-queries": partial(engine, "idle-queries"),
    "job-status": partial(engine, "job-status"),
    "import-speed": partial(engine, "import-speed"),
    "queue-throughput": partial(engine, "queue-throughput"),
    "recovery": partial(engine, "recovery"),
    "telemetry-cost": partial(engine, "telemetry-cost"),
    "ten-courses": partial(engine, "ten-courses"),
    "upload-under-load": partial(engine, "upload-under-load"),
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
