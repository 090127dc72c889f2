"""One import in a process of its own: `ours`, `verify` or `plain`, and a folder.

Prints seconds, peak memory above that of the process before it began, and how many rows there
are of each kind.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def main() -> None:
    how, folder = sys.argv[1], Path(sys.argv[2])
    django.setup()
    # Models can be imported only now.
    from benchmarks.engine import import_plain
    from exchange.old_json.files import Folder
    from exchange.old_json.service import Options, run_import, run_verify

    work: dict[str, Callable[[], Any]] = {
        "ours": lambda: run_import(Folder(folder), Options()),
        "verify": lambda: run_verify(Folder(folder), Options()),
        "plain": lambda: import_plain.run(folder),
    }
    # From here on the kernel counts the peak anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_mb()
    start = time.perf_counter()
    report = work[how]()
    seconds = time.perf_counter() - start
    if report is not None and not report.is_clean:
        raise RuntimeError("The import was not clean.")
    peak = _peak_mb() - before
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak, "rows": import_plain.rows()}))


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
