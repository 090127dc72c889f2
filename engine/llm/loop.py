"""Runs all calls of a process in one event loop.

Connections belong to the loop that opened them, and each step of a job runs in its own loop. A
permanent loop keeps connections to the provider from step to step.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def in_calls_loop(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` in the calls' loop with the caller's context; cancelling cancels it."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _calls.loop()))


class _Calls:
    """The loop and its thread. A loop whose thread died is replaced: calls in it never end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                if self._thread is not None:
                    logger.critical("The thread for calls of models died; another is started")
                self._loop = asyncio.new_event_loop()
                run = self._loop.run_forever
                self._thread = threading.Thread(target=run, name="model-calls", daemon=True)
                self._thread.start()
            return self._loop


_calls = _Calls()
