"""HTML that a process keeps because it took long to make, of a limited size.

The key names all that it was made from, so that nothing has to be removed from here when that
changes. HTML that depends on a person has no place here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class KeptHtml(Generic[T]):
    """What was shown last, of at most `limit` letters together; `letters` counts those of one."""

    def __init__(self, limit: int, letters: Callable[[T], int]) -> None:
        self.size = 0
        self._limit, self._letters, self._lock = limit, letters, Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Returns what is kept by this key, or else makes and keeps it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Made without the lock: two threads may make the same, but none waits for another.
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self.size += self._letters(made)
            while self.size > self._limit:
                _key, oldest = self._kept.popitem(last=False)
                self.size -= self._letters(oldest)
        return made

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.size = 0
