"""Limits the open streams of a person and of a process.

A person's slots are bytes of one file; a process locks the byte of each slot that it uses. So all
processes of a machine share them, and the kernel frees them when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

# Bytes for each person; more than any limit.
STRIDE = 1000


class Slots:
    """Opens the file only once: closing any handle of it would release this process's locks."""

    def __init__(self, path: Path, *, each: int, total: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._each, self._total = min(each, STRIDE), total
        self._taken: set[int] = set()
        self._lock = threading.Lock()

    def take(self, user_id: int) -> int | None:
        """A slot, to be given back; None if the person or the process has too many."""
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
