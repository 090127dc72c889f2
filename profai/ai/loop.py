"""One event loop for all calls of a process.

Connections belong to the loop that opened them, and every step of a job runs in a loop of its
own. With a loop that stays, connections to the provider are kept from step to step.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


async def in_calls_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in the calls' loop, under the caller's context; cancelling goes through."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _loop()))


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model-calls", daemon=True).start()
    return loop
