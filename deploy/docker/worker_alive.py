"""Liveness of a worker pod: exit 0 if the cluster beat within so many seconds, else 1.

A script of its own, without Django: `python -I -S worker_alive.py 30` takes milliseconds.
"""

import os
import sys
import time


def main() -> int:
    path = os.path.join(os.environ["PROFAI_VAR_DIR"], "heartbeat")  # noqa: PTH118 - pathlib is slow to load
    limit = float(sys.argv[1])
    try:
        age = time.time() - os.stat(path).st_mtime  # noqa: PTH116 - pathlib is slow to load
    except FileNotFoundError:
        sys.stderr.write(f"{path} is not there: no cluster has started.\n")
        return 1
    if age > limit:
        sys.stderr.write(f"The last heartbeat was {age:.0f} s ago; {limit:.0f} s are allowed.\n")
        return 1
    return 0


sys.exit(main())
