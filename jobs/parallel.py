"""Work side by side inside one step: many waiting calls need one worker, not many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from jobs.runner import StepRun

T = TypeVar("T")


def for_each(
    run: StepRun, items: Sequence[T], work: Callable[[T], Awaitable[str]], *, done: int = 0
) -> None:
    """Do `work` for every item, at most LLM_CONCURRENCY at a time, in one event loop.

    `work` returns a line for the job's message; `done` units were finished by an earlier
    try. A cancelled job stops between two items. The first failure stops the rest and is
    raised as it is, not in a group.
    """
    async_to_sync(_for_each)(run, items, work, done)


async def _for_each(
    run: StepRun, items: Sequence[T], work: Callable[[T], Awaitable[str]], done: int
) -> None:
    slots = asyncio.Semaphore(settings.LLM_CONCURRENCY)
    total = done + len(items)

    async def one(item: T) -> None:
        nonlocal done
        async with slots:
            await sync_to_async(run.check)()
            message = await work(item)
            done += 1
            await sync_to_async(run.progress)(done, total, message)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
