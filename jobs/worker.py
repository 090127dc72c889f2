"""A worker process: Django-Q2's worker function, fed from the queue table itself.

Django-Q2 feeds its workers through pipes and locks that they share. One that is killed
while it holds such a lock stops all its neighbours for ever, and what waits in a pipe
waits behind a long step while other machines are idle. Here a worker shares nothing: it
takes a message when it is free, and the kernel cleans up after it whenever it is killed.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from ctypes import c_float
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from django.conf import settings
from django.db import connection
from django_q.monitor import save_task
from django_q.signing import BadSignature, SignedPackage
from django_q.worker import worker

from jobs.broker import Broker
from jobs.patience import AWAY, PAUSES
from jobs.runner import Current, hand_back_current
from jobs.watching import watched_task
from telemetry.ending import last_words
from telemetry.slots import take_slot
from telemetry.traces import start_tracing

logger = logging.getLogger(__name__)

STOP = "STOP"  # what Django-Q2's worker function takes for the end
LAST_WORDS = 1.0  # seconds to send what waits when the grace period is over
WATCH = 1.0  # seconds between two looks whether the cluster still lives


class Mailbox:
    """Both queues that Django-Q2's worker function wants: tasks come out, results go in."""

    def __init__(self, broker: Broker, stopping: Stopping) -> None:
        self._broker = broker
        self._stopping = stopping
        self._results: list[dict[str, Any]] = []

    def get(self) -> dict[str, Any] | str:
        """The next task, as soon as there is one."""
        self.save_results()
        tries = 0
        while not self._stopping.is_set():
            try:
                task = self._next()
            except AWAY as error:
                logger.warning("The queue cannot be read: %s", error)
                connection.close()
                self._stopping.wait(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
                continue
            if task is not None:
                return task
        return STOP

    def _next(self) -> dict[str, Any] | None:
        for number, payload in self._broker.take():
            return _unpacked(number, payload)
        # What came between the look and the first LISTEN is seen by another look.
        if not self._broker.listen():
            self._broker.wait(settings.Q_CLUSTER["poll"], self._stopping.descriptor)
        return None

    def put(self, task: dict[str, Any]) -> None:
        """Kept for a moment: Django-Q2 holds a lock here, and nothing slow belongs under it."""
        self._results.append(task)

    def save_results(self) -> None:
        """Failures become rows of Django-Q2's, for its page in the admin."""
        while self._results:
            task = self._results.pop()
            if not task["success"]:
                # The result's words may quote what was worked on; the row in the admin has them.
                logger.error("Task %s failed", task["name"])
            save_task(task, self._broker)


def _unpacked(number: int, payload: str) -> dict[str, Any] | None:
    try:
        task: dict[str, Any] = SignedPackage.loads(payload)
    except (TypeError, BadSignature):
        logger.exception("Message %s was not written by us and is dropped", number)
        return None
    return watched_task(task)


class Stopping:
    """Set by SIGTERM. `descriptor` can be read from then on, so that `select` hears of it."""

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
    """The body of a worker process."""
    take_slot(settings.METRICS_DIR, "worker")
    stopping = prepare(parent)
    start_tracing("profai-worker")
    threading.Thread(target=_end_in_time, args=[stopping], daemon=True).start()
    mailbox = Mailbox(Broker(), stopping)
    worker(mailbox, mailbox, timer, settings.Q_CLUSTER["timeout"])
    mailbox.save_results()


def prepare(parent: int) -> Stopping:
    """Signals of a child: Ctrl-C is the cluster's business; a lost cluster means stop."""
    stopping = Stopping()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, stopping.set)
    threading.Thread(target=_follow, args=[parent, stopping], daemon=True).start()
    return stopping


def _follow(parent: int, stopping: Stopping) -> None:
    while not stopping.wait(WATCH):
        if os.getppid() != parent:
            stopping.set()


def _end_in_time(stopping: Stopping) -> None:
    """After the grace period hand the step back and go, whatever the step is doing.

    To its handler this is the same as a kill, and everything that it saves is made for that;
    but the step starts again at once, not when its lease runs out, and loses no attempt.
    """
    stopping.wait()
    time.sleep(settings.JOB_GRACE.total_seconds())
    with suppress(*AWAY):
        hand_back_current()
    last_words(LAST_WORDS)
    os._exit(0)
