"""How many streams a person and a process may have open.

A person's slots are bytes of one file, locked by whoever has them: all processes of a machine
share them, and the kernel gives them back when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

# Bytes a person; more than any limit.
STRIDE = 1000


class Slots:
    """The file is opened once: closing any handle of it would drop the locks of this process."""

    def __init__(self, path: Path, *, each: int, total: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._each, self._total = min(each, STRIDE), total
        self._taken: set[int] = set()
        self._lock = threading.Lock()

    def take(self, user_id: int) -> int | None:
        """A slot to give back, or None if the person or the process has no more."""
        first = user_id * STRIDE
        with self._lock:
            if len(self._taken) >= self._total:
                return None
            return next(filter(self._try, range(first, first + self._each)), None)

    def give_back(self, slot: int) -> None:
        with self._lock:
            if slot in self._taken:
                self._taken.discard(slot)
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)

    def _try(self, slot: int) -> bool:
        if slot in self._taken:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except OSError:
            return False
        self._taken.add(slot)
        return True
