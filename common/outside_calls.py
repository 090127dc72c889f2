"""Limits calls to other servers while a client waits for a page or an API response.

A server that hangs must not block all threads that serve pages. Therefore a call to another server
has a short time limit, and only half of the threads may make such calls at the same time. Workers
and commands have neither limit, because no client waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_SECONDS = 5.0  # that a call may take
# How long a thread waits for one of the limited places. Quick calls free theirs within this time;
# it makes no sense to wait for slow ones.
TURN_SECONDS = 0.25

_places: threading.BoundedSemaphore | None = None
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


class OutsideBusyError(Exception):
    """Too many threads already wait for other servers."""

    def __init__(self) -> None:
        super().__init__("This takes too long at the moment. Try again in a minute.")


def share_threads(threads: int) -> None:
    """Limits calls to half of this number of threads that serve pages; 0 means no limit."""
    global _places  # noqa: PLW0603 - one for the process, because the process owns the threads
    _places = threading.BoundedSemaphore(max(threads // 2, 1)) if threads else None


@contextmanager
def outside_call() -> Iterator[float | None]:
    """Yields the seconds that a call in this block may take, or None if there is no limit.

    Raises OutsideBusyError if too many threads already make such a call. A block within a block
    counts once.
    """
    places = _places
    if places is None or _has_place.get():
        yield PAGE_SECONDS if places else None
        return
    if not places.acquire(timeout=TURN_SECONDS):
        raise OutsideBusyError
    token = _has_place.set(True)
    try:
        yield PAGE_SECONDS
    finally:
        _has_place.reset(token)
        places.release()
