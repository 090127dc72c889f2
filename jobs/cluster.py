"""Workers and a keeper on this machine: started, replaced when they die, stopped in time.

It takes the place of Django-Q2's cluster and needs three processes less; what it runs are
Django-Q2's tasks, worker function and schedules. It holds no database connection itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_float
from dataclasses import dataclass
from multiprocessing import connection as pipes
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connections

from jobs.keeper import keep
from jobs.measuring import begin_series
from jobs.worker import work
from telemetry.metrics import WORKER_ENDS, WORKERS_WANTED, count, set_to
from telemetry.slots import take_slot

logger = logging.getLogger(__name__)

CYCLE = 0.5  # seconds between two looks at the processes
IDLE, RECYCLED = -1, -2  # what Django-Q2's worker function writes into its timer
AFTER_GRACE = 3.0  # seconds to write the hand-back, before the kill
HEARTBEAT = "heartbeat"  # a file under VAR_DIR, as old as the last look
FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Worker:
    process: ForkProcess
    timer: Synchronized[c_float]

    def is_late(self, passed: float) -> bool:
        """Count down a time-out that the worker's own alarm could not enforce."""
        # A killed worker may hold the lock for ever; it is dead, and found so elsewhere.
        if not self.timer.get_lock().acquire(timeout=CYCLE):
            return False
        try:
            left = cast("float", self.timer.value)
            if left <= 0:
                return False
            self.timer.value = cast("Any", max(left - passed, IDLE))
            return left <= passed
        finally:
            self.timer.get_lock().release()


class Cluster:
    def __init__(self, size: int) -> None:
        self._size = size
        self._workers: list[Worker] = []
        self._keeper: ForkProcess | None = None
        # Without a lock: the keeper may read while we write, and looks again soon.
        self._numbers = FORK.Array("i", size, lock=False)
        self._stop = False

    def run(self) -> None:
        """Run until SIGTERM or Ctrl-C, then give every worker its grace period."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        _stand_back()
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        take_slot(settings.METRICS_DIR, "cluster")
        set_to(WORKERS_WANTED, self._size)
        begin_series()
        logger.info("%s workers start", self._size)
        try:
            while not self._stop:
                self._fill()
                self._wait()
                _beat()
        finally:
            self._end()

    def _on_signal(self, *_signal: object) -> None:
        self._stop = True

    def _fill(self) -> None:
        """Start what is missing."""
        self._workers = [worker for worker in self._workers if _lives(worker)]
        while len(self._workers) < self._size:
            timer = FORK.Value("f", IDLE)
            self._workers.append(Worker(_start(work, timer, os.getpid()), timer))
        for place, worker in enumerate(self._workers):
            self._numbers[place] = worker.process.pid or 0
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = _start(keep, self._numbers, os.getpid())

    def _wait(self) -> None:
        started = time.monotonic()
        died = pipes.wait([process.sentinel for process in self._processes()], CYCLE)
        if died:
            # One that dies at its start must not make this a busy loop.
            time.sleep(CYCLE / 5)
        for worker in self._workers:
            if worker.is_late(time.monotonic() - started):
                logger.critical("Worker %s hangs and is killed", worker.process.pid)
                worker.process.kill()

    def _processes(self) -> list[ForkProcess]:
        keeper = [self._keeper] if self._keeper else []
        return [*(worker.process for worker in self._workers), *keeper]

    def _end(self) -> None:
        processes = self._processes()
        for process in processes:
            with suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + settings.JOB_GRACE.total_seconds() + AFTER_GRACE
        for process in processes:
            process.join(max(end - time.monotonic(), 0.0))
            process.kill()
        logger.info("All workers have stopped")


def _beat() -> None:
    """Say to whoever watches this machine that the workers are looked after."""
    # A full disk is no reason to stop; it shows in the file's age.
    with suppress(OSError):
        (settings.VAR_DIR / HEARTBEAT).touch()


def _stand_back() -> None:
    """Let pages and uploads come first where one machine does everything."""
    os.nice(settings.JOB_NICE)
    # Linux may share the CPU out by sessions first; then the session's own niceness counts.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(settings.JOB_NICE))


def _lives(worker: Worker) -> bool:
    if worker.process.is_alive():
        return True
    # Read without its lock, which a worker that was killed may hold for ever.
    recycled = cast("float", worker.timer.get_obj().value) == RECYCLED
    count(WORKER_ENDS, reason="recycled" if recycled else "died")
    if not recycled:
        logger.critical("Worker %s ended with code %s", worker.process.pid, worker.process.exitcode)
    return False


def _start(body: Callable[..., None], *arguments: object) -> ForkProcess:
    # A connection that two processes share is of use to neither.
    connections.close_all()
    process = FORK.Process(target=body, args=arguments, daemon=True)
    process.start()
    return process
