"""Workers and a keeper on this machine: started, replaced when they die, stopped in time.

It takes the place of Django-Q2's cluster and needs three processes less; what it runs are
Django-Q2's tasks, worker function and schedules. It holds no database connection itself.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_float
from dataclasses import dataclass, field
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
from telemetry.ending import last_words
from telemetry.metrics import WORKER_ENDS, WORKERS_WANTED, count, set_to
from telemetry.slots import take_slot
from telemetry.traces import load_tracing

logger = logging.getLogger(__name__)

CYCLE = 0.5  # seconds between two looks at the processes
IDLE, RECYCLED = -1, -2  # what Django-Q2's worker function writes into its timer
YOUNG = 5.0  # seconds; who dies before has hardly begun
LONGEST_PAUSE = 10.0  # seconds before those that die young are started again
AFTER_GRACE = 3.0  # seconds to write the hand-back, before the kill
COLLECT_EVERY = 10_000  # objects; a course makes and drops millions
HEARTBEAT = "heartbeat"  # a file under VAR_DIR, as old as the last look
FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Keeper:
    process: ForkProcess
    began: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Worker:
    process: ForkProcess
    timer: Synchronized[c_float]
    began: float = field(default_factory=time.monotonic)

    @property
    def was_recycled(self) -> bool:
        # Read without its lock, which a worker that was killed may hold for ever.
        return cast("float", self.timer.get_obj().value) == RECYCLED

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


class Restarts:
    """When those that ended are started again: at once, unless they die young one after another.

    A defect or a missing part must not fill the log and keep the processor busy.
    """

    def __init__(self) -> None:
        self._young = 0
        self._at = 0.0

    def are_due(self) -> bool:
        return time.monotonic() >= self._at

    def died(self, *, began: float) -> None:
        now = time.monotonic()
        self._young = self._young + 1 if now - began < YOUNG else 0
        self._at = now + min(CYCLE / 5 * 2**self._young, LONGEST_PAUSE)


class Cluster:
    def __init__(self, size: int) -> None:
        self._size = size
        self._workers: list[Worker] = []
        self._keeper: Keeper | None = None
        self._restarts = Restarts()
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
        load_tracing()
        _spare_the_collector()
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
        self._bury()
        if self._restarts.are_due():
            while len(self._workers) < self._size:
                timer = FORK.Value("f", IDLE)
                self._workers.append(Worker(_start(work, timer, os.getpid()), timer))
            self._keeper = self._keeper or Keeper(_start(keep, self._numbers, os.getpid()))
        pids = [worker.process.pid or 0 for worker in self._workers]
        self._numbers[:] = [*pids, *[0] * (self._size - len(pids))]

    def _bury(self) -> None:
        """Only a worker that was recycled ended as it should."""
        for worker in [one for one in self._workers if not one.process.is_alive()]:
            self._workers.remove(worker)
            if worker.was_recycled:
                count(WORKER_ENDS, reason="recycled")
            else:
                self._tell(worker, "died")
        if self._keeper and not self._keeper.process.is_alive():
            self._tell(self._keeper, "keeper_died")
            self._keeper = None

    def _tell(self, lost: Worker | Keeper, reason: str) -> None:
        process = lost.process
        kind = type(lost).__name__
        logger.critical("%s %s ended with code %s", kind, process.pid, process.exitcode)
        count(WORKER_ENDS, reason=reason)
        self._restarts.died(began=lost.began)

    def _wait(self) -> None:
        started = time.monotonic()
        pipes.wait([process.sentinel for process in self._processes()], CYCLE)
        for worker in self._workers:
            if worker.is_late(time.monotonic() - started):
                logger.critical("Worker %s hangs and is killed", worker.process.pid)
                worker.process.kill()

    def _processes(self) -> list[ForkProcess]:
        keeper = [self._keeper.process] if self._keeper else []
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


def _spare_the_collector() -> None:
    """What is there before the forks stays for good: no collection of a worker looks at it, so that
    its pages stay shared. Collections took 4 % of a worker's time, at Python's 700 objects."""
    gc.set_threshold(COLLECT_EVERY)
    gc.collect()
    gc.freeze()


def _stand_back() -> None:
    """Let pages and uploads come first where one machine does everything."""
    os.nice(settings.JOB_NICE)
    # Linux may share the CPU out by sessions first; then the session's own niceness counts.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(settings.JOB_NICE))


def _start(body: Callable[..., None], *arguments: object) -> ForkProcess:
    # A connection that two processes share is of use to neither.
    connections.close_all()
    process = FORK.Process(target=_guarded, args=[body, *arguments], daemon=True)
    process.start()
    return process


def _guarded(body: Callable[..., None], *arguments: object) -> None:
    """An error that ends a process is a line of the log as any other: multiprocessing would print
    it as it is, with the words of people that it may quote."""
    try:
        body(*arguments)
    except Exception:
        logger.critical("The process ends by an error", exc_info=True)
        sys.exit(1)
    finally:
        # A forked process ends without what Python does at its end.
        last_words()
        logging.shutdown()
