"""Limits calls to other servers while a client waits for a page or an API response.

A server that hangs must not block all threads that serve pages. So such a call has a short time
limit, and only half of the threads may make one at the same time. Workers and commands have neither
limit, since no client waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_SECONDS = 5.0
# After quick calls a place is soon free; slow ones are not waited for.
TURN_SECONDS = 0.25

_places: threading.BoundedSemaphore | None = None
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)


class OutsideBusyError(Exception):
    """Too many requests wait for other servers already."""

    def __init__(self) -> None:
        super().__init__("This takes too long at the moment. Try again in a minute.")


def share_threads(threads: int) -> None:
    """Sets the number of threads that serve pages in this process, which limits the calls."""
    global _places  # noqa: PLW0603 - one for the process, as its threads are
    _places = threading.BoundedSemaphore(max(threads // 2, 1)) if threads else None


@contextmanager
def outside_call() -> Iterator[float | None]:
    """Yields the seconds that a call in this block may take, or None if there is no limit.

    Raises OutsideBusyError if too many threads make one. A call within a call takes no second
    place.
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
