"""`python -m fuzz [--seconds 600] [--seed 1] [TARGET...]`: run all targets, or those named.

Ends with 1 if an input crashed a target, hung it, broke one of its rules, or memory grew.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fuzz import corpus
from fuzz.targets import NAMES
from fuzz.watch import MEGABYTE, Reader

LOOK = 0.5  # seconds between two looks at the target's process
PATIENCE = 60.0  # seconds for one input; targets with less to do are far below
# Seconds beyond those that were asked for: to start, to make a database, to try the corpus, and to
# make an input that fails smaller (SHRINK in fuzz/child.py).
OVERTIME = 300.0
GROWTH = 64 * MEGABYTE
# Before this, caches of libraries still fill.
LONG = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *NAMES], metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    wanted = parser.parse_args()
    say(f"Seed {wanted.seed}, {wanted.seconds:.0f} s for each target")
    results = [run(name, wanted.seconds, wanted.seed) for name in wanted.targets or NAMES]
    return 0 if all(results) else 1


def run(
    name: str, seconds: float, seed: int, patience: float = PATIENCE, overtime: float = OVERTIME
) -> bool:
    """Whether the target stood all of it."""
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        command = [sys.executable, "-m", "fuzz.child", name, str(seconds), str(seed), folder]
        with Path(folder, "log").open("wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log)
            hung = _hangs(child, reader, patience, time.monotonic() + seconds + overtime)
        what = "hang" if hung else _verdict(child.returncode, reader, seconds)
        got = reader.figures()
        say(
            f"{name:9} {what or 'ok':7} {got.replayed} of the corpus, {got.runs} new in "
            f"{got.seconds:.0f} s, slowest {got.slowest:.2f} s, memory {got.warm // MEGABYTE} MB "
            f"and at most {got.growth / MEGABYTE:.1f} MB more"
        )
        if what in ("hang", "crash", "broken"):
            data = reader.culprit(failed=what == "broken")
            if data is not None:
                say(f"  saved as {corpus.keep(name, data, what)}")
            say(reader.trace() or Path(folder, "log").read_text(errors="replace")[-3000:])
    return not what


def _hangs(child: subprocess.Popen[bytes], reader: Reader, patience: float, latest: float) -> bool:
    """Wait for the end; kill what stays at one input, or comes to none before `latest`."""
    while child.poll() is None:
        if reader.idle() > patience or time.monotonic() > latest:
            child.kill()
            child.wait()
            return True
        time.sleep(LOOK)
    return False


def _verdict(code: int, reader: Reader, seconds: float) -> str:
    if code:
        return "broken" if reader.trace() else "crash"
    return "growth" if seconds >= LONG and reader.figures().growth > GROWTH else ""


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
