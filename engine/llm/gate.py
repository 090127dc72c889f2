"""Limits a machine's concurrent calls and calls per minute, across all its processes.

A slot is a file that a process locks: the kernel releases the lock when the process dies, so a
killed worker costs no slot. The pace is kept in one more file that all processes share. Each
machine has its own gate; the limits of several machines add up.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

POLL = 0.02
MINUTE = 60.0
# A longer wait than this is from before a restart of the machine.
MAX_PAUSE = 600.0


class Gate:
    """Use it in one event loop. Its clock is monotonic and the same for all processes."""

    def __init__(self, folder: Path, *, slots: int, requests_per_minute: int = 0) -> None:
        self._folder, self._slots = folder, slots
        self._spacing = MINUTE / requests_per_minute if requests_per_minute else 0.0
        # One waiter of a process looks for a free slot; the others queue up behind it.
        self._turn = asyncio.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits for a slot and for the pace, and holds the slot during the block."""
        async with self._turn:
            # Other processes free slots, and cannot set an event here.
            while (handle := self._try_slots()) is None:  # noqa: ASYNC110
                await asyncio.sleep(POLL)
            try:
                # One spacing after the call before, or after a pause that was asked for.
                while (wait := self._reserve(spacing=self._spacing)) > 0:  # noqa: ASYNC110 - other processes move it
                    await asyncio.sleep(min(wait, 1.0))
            except BaseException:
                os.close(handle)
                raise
        try:
            yield
        finally:
            os.close(handle)

    def pause(self, seconds: float) -> None:
        """Stops all processes from starting calls for so many seconds."""
        self._reserve(at_least=time.monotonic() + min(seconds, MAX_PAUSE))

    def _try_slots(self) -> int | None:
        for number in range(self._slots):
            handle = os.open(self._folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        return None

    def _reserve(self, *, at_least: float = 0.0, spacing: float = 0.0) -> float:
        """Returns the seconds until the next call may start; 0 if `spacing` is reserved for it."""
        with closing(_Locked(self._folder / "pace")) as pace:
            now = time.monotonic()
            start = max(pace.read(now + MAX_PAUSE), at_least)
            if start > now or not (at_least or spacing):
                pace.write(start)
                return max(start - now, 0.0)
            pace.write(now + spacing)
            return 0.0


class _Locked:
    """A number in a file that this process locks until it closes it."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def read(self, highest: float) -> float:
        text = os.pread(self._handle, 64, 0)
        try:
            value = float(text)
        except ValueError:
            return 0.0
        return value if value <= highest else 0.0

    def write(self, value: float) -> None:
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, repr(value).encode(), 0)

    def close(self) -> None:
        os.close(self._handle)
