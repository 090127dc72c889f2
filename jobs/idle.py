"""A database connection is given back while a step only waits for somebody else's answer."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection

# Long enough that many short calls side by side share one connection.
PAUSE = 1.0  # seconds


class IdleConnection:
    """Closes this worker's connection once nothing has touched it for a while.

    The next query opens another. To be used from the event loop of `async_to_sync` only:
    there the queries run in the thread that the connection belongs to, one after another.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None

    def touch(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(PAUSE, self._start)

    def _start(self) -> None:
        # Kept, because the loop itself holds tasks only weakly.
        self._closing = asyncio.ensure_future(sync_to_async(_close)())


def _close() -> None:
    if not connection.in_atomic_block:
        connection.close()
