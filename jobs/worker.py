"""A worker process: Django-Q2's worker function, which gets its tasks from the queue's table.

Django-Q2's own cluster hands tasks to its workers through pipes and locks that they share. A
worker that is killed while it holds such a lock stops all the others for ever, and a task in a
pipe waits behind a long step while other machines are idle. Here a worker shares nothing: it takes
a message when it is free, and the kernel cleans up when it is killed.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from ctypes import c_float
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django_q.monitor import save_task
from django_q.signing import BadSignature, SignedPackage
from django_q.worker import worker

from jobs.broker import Broker
from jobs.db_retry import DB_UNAVAILABLE, PAUSES
from jobs.instrumentation import observed_task
from jobs.memory import Memory
from jobs.runner import Current, hand_back_current
from telemetry.multiprocess import take_slot
from telemetry.shutdown import flush_all
from telemetry.threads import start_lasting
from telemetry.traces import start_tracing

logger = logging.getLogger(__name__)

STOP = "STOP"  # ends Django-Q2's worker function
RECYCLED = -2  # what it writes into its timer when it ends to be replaced
FLUSH = 1.0  # seconds to send lines and spans when the grace period is over
PARENT_CHECK = 1.0  # seconds between two checks whether the cluster still runs


class WorkerQueues:
    """Both queues that Django-Q2's worker function needs: `get` a task, `put` its result."""

    def __init__(self, broker: Broker, stopping: Stopping, timer: Synchronized[c_float]) -> None:
        self._broker = broker
        self._stopping = stopping
        self._timer = timer
        self._memory = Memory()
        self._results: list[dict[str, Any]] = []

    def get(self) -> dict[str, Any] | str:
        """Returns the next task, when there is one; STOP if the process is too large or is to
        stop."""
        if self._results:
            self.save_results()
            self._memory.hand_back()
            if self._memory.is_too_much():
                return self._recycled("The worker has grown too large and is replaced")
        tries = 0
        while not self._stopping.is_set():
            try:
                task = self._next()
            except DB_UNAVAILABLE as error:
                logger.warning("The queue cannot be read: %s", error)
                connection.close()
                self._stopping.wait(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
                continue
            if task is not None:
                return task
            if self._memory.has_spare() and not self._stopping.is_set():
                return self._recycled("The worker has no work and is replaced by a smaller one")
        return STOP

    def _recycled(self, reason: str) -> str:
        logger.info(reason)
        self._timer.value = cast("Any", RECYCLED)
        return STOP

    def _next(self) -> dict[str, Any] | None:
        """Returns the next task; None if a wait ended without one, or for a message that is
        dropped."""
        for number, payload in self._broker.take():
            return unpacked(number, payload)
        # A message that came between the query and the first LISTEN is found by the next query.
        if not self._broker.listen():
            self._broker.wait(settings.Q_CLUSTER["poll"], self._stopping.descriptor)
        return None

    def put(self, task: dict[str, Any]) -> None:
        """Keeps the result for `save_results`: Django-Q2 holds a lock here, so this must be
        fast."""
        self._results.append(task)

    def save_results(self) -> None:
        """Writes failures into Django-Q2's table, for its page in the admin."""
        while self._results:
            task = self._results.pop()
            if not task["success"]:
                # The result's text may quote documents, so only the row in the admin has it.
                logger.error("Task %s failed", task["name"])
            save_task(task, self._broker)


def unpacked(number: int, payload: str) -> dict[str, Any] | None:
    """Returns the task in a message; None, with a line in the log, unless ProfAI signed it."""
    try:
        task: dict[str, Any] = SignedPackage.loads(payload)
    except (TypeError, BadSignature):
        logger.exception("Message %s was not signed by ProfAI and is dropped", number)
        return None
    return observed_task(task)


class Stopping:
    """An event that SIGTERM sets. `descriptor` is readable from then on, which wakes `select`."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.descriptor, self._write = os.pipe()

    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self, *_signal: object) -> None:
        if not self._event.is_set():
            Current.stopping = True
            self._event.set()
            os.write(self._write, b"!")

    def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)


def work(timer: Synchronized[c_float], parent: int) -> None:
    """Runs a worker process."""
    take_slot(settings.METRICS_DIR, "worker")
    stopping = prepare(parent)
    start_tracing("profai-worker")
    start_lasting("grace", partial(_end_after_grace, stopping))
    queues = WorkerQueues(Broker(), stopping, timer)
    worker(queues, queues, timer, settings.Q_CLUSTER["timeout"])
    queues.save_results()


def prepare(parent: int) -> Stopping:
    """Sets a child's signals: it stops on SIGTERM or when the cluster has gone, not on Ctrl-C."""
    stopping = Stopping()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, stopping.set)

    def stop_with_parent() -> None:
        while not stopping.wait(PARENT_CHECK):
            if os.getppid() != parent:
                stopping.set()

    start_lasting("parent", stop_with_parent)
    return stopping


def _end_after_grace(stopping: Stopping) -> None:
    """After the grace period hand the step back and end the process, whatever the step is doing.

    For its handler this is the same as a kill, which it is made for; but the step starts again at
    once, not when its lease runs out, and does not use up a try.
    """
    stopping.wait()
    time.sleep(settings.JOB_GRACE.total_seconds())
    try:
        with suppress(*DB_UNAVAILABLE):
            hand_back_current()
    except Exception:
        logger.exception("The step was not handed back; it starts again when its lease runs out")
    finally:
        flush_all(FLUSH)
        os._exit(0)
