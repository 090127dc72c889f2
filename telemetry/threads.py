"""Starts threads that a process relies on, and makes objects that its threads share."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE = 1.0  # seconds before work that failed is started again


def start_lasting(name: str, work: Callable[[], None]) -> threading.Thread:
    """Starts a thread that does `work` until it returns; after an error it does it again."""

    def run() -> None:
        pause = threading.Event()
        while True:
            try:
                work()
            except Exception:
                logger.critical("The thread %s failed and goes on", name, exc_info=True)
                pause.wait(PAUSE)
            else:
                return

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def made_once(make: Callable[[], T]) -> Callable[[], T]:
    """Returns a function that calls `make` once, and gives its result to all threads.

    With functools.cache several threads may call `make` at the same time, which fails for
    libraries that import parts of themselves meanwhile.
    """
    lock = threading.Lock()
    made: list[T] = []

    @wraps(make)
    def get() -> T:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get
