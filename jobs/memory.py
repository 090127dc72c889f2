"""The memory of workers: shared between them, given back to the system when free, and limited."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from jobs.pipelines import load, registered

logger = logging.getLogger(__name__)

COLLECT_EVERY = 10_000  # objects; a course makes and frees millions
GROWN = 32 * 1024  # kilobytes; giving memory back takes a tenth of a second
# Kilobytes that a worker without work may have more than when it began. A new one is forked in a
# tenth of a second, and shares what it begins with.
SPARE = 48 * 1024
ARENAS = 2  # of glibc; a worker computes in one thread at a time, and each arena keeps free memory
M_ARENA_MAX = -8
_STATM = Path("/proc/self/statm")
_C = ctypes.CDLL(None)


def share_memory() -> None:
    """Loads what each worker would load for itself, before the workers are forked."""
    with suppress(AttributeError):  # not of every C library
        _C.mallopt(M_ARENA_MAX, ARENAS)
    if settings.Q_PRELOAD:
        for pipeline in registered():
            for path in pipeline.preload:
                try:
                    load(path)()
                except Exception:
                    logger.warning("%s could not be loaded before the workers", path, exc_info=True)
    _trim()
    collect_less()


def collect_less() -> None:
    """Excludes what is there now from Python's garbage collection, and makes collections less
    frequent.

    So pages of memory stay shared after forks. With Python's default of 700 objects, collections
    took 4 % of a worker's time; in a web process one of all objects held up a page for 130 ms.
    """
    gc.set_threshold(COLLECT_EVERY)
    gc.freeze()


class Memory:
    """This process's memory, checked between two tasks."""

    def __init__(self) -> None:
        self._lowest = self._first = resident()

    def has_spare(self) -> bool:
        """Whether a new process in the place of this one would have much less memory of its own:
        what libraries keep after a book is given back only with their process."""
        return resident() > self._first + SPARE

    def hand_back(self) -> None:
        """Gives freed memory back to the system, if the process has grown since the last time. The
        C library alone keeps it: after a book, half of a worker's memory was free."""
        if resident() < self._lowest + GROWN:
            return
        _trim()
        self._lowest = resident()

    @staticmethod
    def is_too_much() -> bool:
        """Whether the process has more memory now than Q_MAX_RSS and must be replaced."""
        most: int = settings.Q_MAX_RSS
        return resident() >= most


def _trim() -> None:
    gc.collect()
    with suppress(AttributeError):  # not of every C library
        _C.malloc_trim(0)


def resident() -> int:
    """Kilobytes of memory that this process has now; 0 on systems without /proc."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
