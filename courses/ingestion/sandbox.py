"""Programs that read hostile files: spawned, limited, and killed when they take too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MAX_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answers that arrived, and whether the child ended well and in time."""

    answers: list[dict[str, Any]]
    finished: bool


class Children:
    """The children that run now, so that a cancelled reading can end them all."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self.closed = False

    def close(self) -> None:
        with self._lock:
            self.closed = True
            for child in self._running:
                _kill(child)

    def run(
        self,
        script: str,
        request: dict[str, Any],
        *,
        wall: float,
        on_answer: Callable[[dict[str, Any]], None] | None = None,
    ) -> Outcome:
        """Run a script of this folder; it reads the request and answers in JSON lines."""
        child = subprocess.Popen(  # noqa: S603 - our own script under our own interpreter
            [sys.executable, "-I", str(FOLDER / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OMP_NUM_THREADS": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
            # A group to kill, but the worker's session: Linux shares the processor out by
            # session, and one of its own would take as much as the whole web server.
            process_group=0,
        )
        with self._lock:
            self._running.add(child)
            if self.closed:
                _kill(child)
        timer = threading.Timer(wall, _kill, [child])
        timer.start()
        try:
            return _converse(child, request, on_answer)
        finally:
            timer.cancel()
            timer.join()
            with self._lock:
                self._running.discard(child)
            _kill(child)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def _kill(child: subprocess.Popen[str]) -> None:
    """Kill a child and what it started itself, such as `tesseract`.

    Only before the child is waited for: until then its number cannot belong to anyone else.
    """
    os.killpg(child.pid, signal.SIGKILL)


def _ended_well(child: subprocess.Popen[str]) -> bool:
    """Waits for the end, but leaves the child's number taken, for `_kill`."""
    ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    return ended is not None and (ended.si_code, ended.si_status) == (os.CLD_EXITED, 0)


def _converse(
    child: subprocess.Popen[str],
    request: dict[str, Any],
    on_answer: Callable[[dict[str, Any]], None] | None,
) -> Outcome:
    answers: list[dict[str, Any]] = []
    if child.stdin is None or child.stdout is None:
        return Outcome(answers, finished=False)
    with suppress(BrokenPipeError):
        child.stdin.write(json.dumps(request))
        child.stdin.close()
    while line := child.stdout.readline(MAX_LINE):
        try:
            answer = json.loads(line)
        except ValueError:
            break
        answers.append(answer)
        if on_answer:
            on_answer(answer)
    return Outcome(answers, finished=_ended_well(child))
