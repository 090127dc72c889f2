"""Runs the programs that read untrusted files, and kills them when they take too long."""

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

import psutil

FOLDER = Path(__file__).parent
# An isolated interpreter finds nothing of ours by itself.
START = (
    "import runpy, sys; sys.path.append(sys.argv[1]); "
    "runpy.run_path(sys.argv[2], run_name='__main__')"
)
ROOT = str(Path(__file__).parents[2])
IDLE = 0.01  # of the time: a process that uses less of the processor waits for something
MAX_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answers that arrived, and whether the child ended well and in time."""

    answers: list[dict[str, Any]]
    finished: bool


class Children:
    """The running child processes, so that a cancelled reading can end them all."""

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
        """Runs a script of this folder, which reads the request and answers in JSON lines.

        It is killed once it has done nothing for `wall` seconds. One that works may take longer,
        since other programs may keep it from the processor; its own limit of processor time
        ends it.
        """
        child = subprocess.Popen(  # noqa: S603 - our own script under our own interpreter
            [sys.executable, "-I", "-c", START, ROOT, str(FOLDER / script)],
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
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=[child, wall, ended], daemon=True)
        watch.start()
        try:
            return _converse(child, request, on_answer)
        finally:
            ended.set()
            watch.join()
            with self._lock:
                self._running.discard(child)
            _kill(child)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def _watch(child: subprocess.Popen[str], wall: float, ended: threading.Event) -> None:
    used = 0.0
    while not ended.wait(wall):
        now = _processor_time(child.pid)
        if now - used < IDLE * wall:
            _kill(child)
            return
        used = now


def _processor_time(pid: int) -> float:
    """Returns the seconds of a process and of all that it started."""
    total = 0.0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                times = one.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def _kill(child: subprocess.Popen[str]) -> None:
    """Kills a child and what it started, such as `tesseract`.

    Call it before the child is waited for: until then no other process can have its number.
    """
    os.killpg(child.pid, signal.SIGKILL)


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
    # Waits for the end, but keeps the child's process number reserved for `_kill`.
    ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    return Outcome(
        answers,
        finished=ended is not None and (ended.si_code, ended.si_status) == (os.CLD_EXITED, 0),
    )
