"""Starts this machine's workers and maintenance process, replaces those that die, stops them.

It replaces Django-Q2's cluster and needs three processes fewer; it runs Django-Q2's tasks, worker
function and schedules. It holds no database connection itself.
"""

from __future__ import annotations

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

from jobs.instrumentation import begin_series
from jobs.maintenance import maintain
from jobs.memory import share_memory
from jobs.worker import RECYCLED, work
from telemetry.metrics import WORKER_ENDS, WORKERS_WANTED, count, set_to
from telemetry.multiprocess import take_slot
from telemetry.shutdown import flush_all
from telemetry.traces import load_tracing

logger = logging.getLogger(__name__)

CYCLE = 0.5  # seconds between two looks at the processes
IDLE = -1  # what Django-Q2's worker function writes into its timer
YOUNG = 5.0  # seconds; a process that dies before has hardly begun
MAX_RESTART_PAUSE = 10.0  # seconds before processes that die young are started again
AFTER_GRACE = 3.0  # seconds to hand a step back, before the kill
HEARTBEAT = "heartbeat"  # a file under VAR_DIR, touched at each look at the processes
FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class MaintenanceProcess:
    process: ForkProcess
    began: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Worker:
    process: ForkProcess
    timer: Synchronized[c_float]
    began: float = field(default_factory=time.monotonic)

    @property
    def was_recycled(self) -> bool:
        # Read without its lock, which a killed worker may still hold.
        return cast("float", self.timer.get_obj().value) == RECYCLED

    def is_late(self, passed: float) -> bool:
        """Counts down the worker's time-out; returns True if it is over and the worker still
        runs."""
        # A killed worker may still hold the lock; `_remove_ended` finds that it is dead.
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
    """When processes that ended are started again: at once, or later if several die young in a row.

    So a defect or a missing part does not fill the log and keep the processor busy.
    """

    def __init__(self) -> None:
        self._young = 0
        self._at = 0.0

    def are_due(self) -> bool:
        return time.monotonic() >= self._at

    def died(self, *, began: float) -> None:
        now = time.monotonic()
        self._young = self._young + 1 if now - began < YOUNG else 0
        self._at = now + min(CYCLE / 5 * 2**self._young, MAX_RESTART_PAUSE)


class Cluster:
    def __init__(self, size: int) -> None:
        self._size = size
        self._workers: list[Worker] = []
        self._maintenance: MaintenanceProcess | None = None
        self._restarts = Restarts()
        # Without a lock: a reader may see it half changed, and reads it again soon.
        self._numbers = FORK.Array("i", size, lock=False)
        self._stop = False

    def run(self) -> None:
        """Runs until SIGTERM or Ctrl-C, then gives every worker its grace period."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        _lower_priority()
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        take_slot(settings.METRICS_DIR, "cluster")
        set_to(WORKERS_WANTED, self._size)
        begin_series()
        load_tracing()
        share_memory()
        logger.info("%s workers start", self._size)
        try:
            while not self._stop:
                self._fill()
                self._wait()
                # For health checks of this machine. A full disk is no reason to stop; it shows in
                # the file's age.
                with suppress(OSError):
                    (settings.VAR_DIR / HEARTBEAT).touch()
        finally:
            self._end()

    def _on_signal(self, *_signal: object) -> None:
        self._stop = True

    def _fill(self) -> None:
        """Starts the processes that are missing."""
        self._remove_ended()
        if self._restarts.are_due():
            while len(self._workers) < self._size:
                timer = FORK.Value("f", IDLE)
                self._workers.append(Worker(_start(work, timer, os.getpid()), timer))
            self._maintenance = self._maintenance or MaintenanceProcess(
                _start(maintain, self._numbers, os.getpid())
            )
        pids = [worker.process.pid or 0 for worker in self._workers]
        self._numbers[:] = [*pids, *[0] * (self._size - len(pids))]

    def _remove_ended(self) -> None:
        """Counts and logs the processes that ended. Only a recycled worker ended as it should."""
        for worker in [one for one in self._workers if not one.process.is_alive()]:
            self._workers.remove(worker)
            if worker.was_recycled:
                count(WORKER_ENDS, reason="recycled")
            else:
                self._log_death(worker, "died")
        if self._maintenance and not self._maintenance.process.is_alive():
            self._log_death(self._maintenance, "maintenance_died")
            self._maintenance = None

    def _log_death(self, lost: Worker | MaintenanceProcess, reason: str) -> None:
        process = lost.process
        kind = "Worker" if isinstance(lost, Worker) else "Maintenance process"
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
        maintenance = [self._maintenance.process] if self._maintenance else []
        return [*(worker.process for worker in self._workers), *maintenance]

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


def _lower_priority() -> None:
    """Gives pages and uploads priority where one machine does everything."""
    os.nice(settings.JOB_NICE)
    # Linux may divide the processor among sessions first; then the session's niceness counts.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(settings.JOB_NICE))


def _start(body: Callable[..., None], *arguments: object) -> ForkProcess:
    # Two processes must not share a connection.
    connections.close_all()
    process = FORK.Process(target=_guarded, args=[body, *arguments], daemon=True)
    process.start()
    return process


def _guarded(body: Callable[..., None], *arguments: object) -> None:
    """Runs `body` and logs the error that ends it: multiprocessing would print the whole message,
    which may quote people's texts."""
    try:
        body(*arguments)
    except Exception:
        logger.critical("The process ends by an error", exc_info=True)
        sys.exit(1)
    finally:
        # A forked process skips what Python does when a process ends.
        flush_all()
        logging.shutdown()
