"""How many calls a machine makes at once and a minute, whatever the number of its processes.

A slot is a file that a process locks: the kernel gives it back when the process dies, so a
killed worker costs no slot. The pace stands in one more file that all processes share. Several
machines have a gate each; their limits add up.
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
# A longer wait than this is left over from before the machine was started anew.
LONGEST_PAUSE = 600.0


class Gate:
    """To be used in one event loop. Clocks are monotonic and the same for all processes."""

    def __init__(self, folder: Path, *, slots: int, requests_per_minute: int = 0) -> None:
        self._folder, self._slots = folder, slots
        self._spacing = MINUTE / requests_per_minute if requests_per_minute else 0.0
        # One waiter of a process looks for a free slot; the others queue up behind it.
        self._turn = asyncio.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and for the pace, and hold the slot meanwhile."""
        async with self._turn:
            # Slots are freed by other processes, which set no event of ours.
            while (handle := self._try_slots()) is None:  # noqa: ASYNC110
                await asyncio.sleep(POLL)
            try:
                await self._keep_pace()
            except BaseException:
                os.close(handle)
                raise
        try:
            yield
        finally:
            os.close(handle)

    def pause(self, seconds: float) -> None:
        """Let nobody start a call for so long: the provider asked for it."""
        self._move_start(at_least=time.monotonic() + min(seconds, LONGEST_PAUSE))

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

    async def _keep_pace(self) -> None:
        """Start one spacing after the call before, or after a pause that was asked for."""
        while (start := self._move_start(spacing=self._spacing)) > time.monotonic():  # noqa: ASYNC110
            await asyncio.sleep(min(start - time.monotonic(), 1.0))

    def _move_start(self, *, at_least: float = 0.0, spacing: float = 0.0) -> float:
        """When the next call may start. One that may start now takes its turn by `spacing`."""
        with closing(_Locked(self._folder / "pace")) as pace:
            now = time.monotonic()
            start = max(pace.read(now + LONGEST_PAUSE), at_least)
            if start > now or not (at_least or spacing):
                pace.write(start)
                return start
            pace.write(now + spacing)
            return now


class _Locked:
    """A number in a file, held for this process alone until it is closed."""

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
