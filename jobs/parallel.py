"""Parallel work inside one step: one worker can wait for many calls at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import connection

from jobs.runner import StepRun

T = TypeVar("T")

# Long enough that many short calls in parallel share one connection.
RELEASE_AFTER = 1.0  # seconds


def for_each(
    run: StepRun,
    items: Sequence[T],
    work: Callable[[T], Awaitable[str]],
    *,
    done: int = 0,
    at_once: int = 0,
    lone: type[Exception] | tuple[type[Exception], ...] = (),
) -> None:
    """Does `work` for every item, `at_once` (or LLM_CONCURRENCY) at a time, in one event loop.

    `work` returns a line for the job's message; `done` units were finished by an earlier try.
    After a failure no more items are started, but those that run are finished, because they are
    paid for; errors of the types `lone` concern one item only and stop no other. Then the first
    failure is raised unchanged. A cancelled job stops between two items.
    """
    limit = asyncio.Semaphore(at_once or settings.LLM_CONCURRENCY)
    whole = _Round(run, work, lone, limit, done, done + len(items))
    run_in_loop(lambda: whole.all_of(items))


@dataclass
class _Round(Generic[T]):
    run: StepRun
    work: Callable[[T], Awaitable[str]]
    lone: type[Exception] | tuple[type[Exception], ...]
    limit: asyncio.Semaphore
    done: int
    total: int
    failures: list[Exception] = field(default_factory=list)
    stopped: bool = False

    async def all_of(self, items: Sequence[T]) -> None:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(self._one(item))
        fatal = [error for error in self.failures if not isinstance(error, self.lone)]
        if self.failures:
            raise (fatal or self.failures)[0]

    async def _one(self, item: T) -> None:
        async with self.limit:
            if self.stopped:
                return
            try:
                await sync_to_async(self.run.check_before_more)()
                message = await self.work(item)
                self.done += 1
                await sync_to_async(self.run.progress)(self.done, self.total, message)
            except Exception as error:  # noqa: BLE001 - raised again when the others are done
                self.failures.append(error)
                self.stopped = self.stopped or not isinstance(error, self.lone)


class _IdleConnection:
    """Closes this worker's database connection when nothing has used it for RELEASE_AFTER seconds.

    So a step that waits for a slow model holds no connection; the next query opens another.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None

    def touch(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(RELEASE_AFTER, self._start)

    async def settle(self) -> None:
        """Ends only when nothing is left that would run after the event loop."""
        if self._timer:
            self._timer.cancel()
        if self._closing:
            await self._closing

    def _start(self) -> None:
        # Kept in an attribute, because the loop itself holds tasks only weakly.
        self._closing = asyncio.ensure_future(sync_to_async(self._close)())

    @staticmethod
    def _close() -> None:
        if not connection.in_atomic_block:
            connection.close()


_idle: ContextVar[_IdleConnection] = ContextVar("_idle")


def run_in_loop(main: Callable[[], Awaitable[T]]) -> T:
    """Returns what `main` returns; it runs in an event loop of its own.

    Its queries run one after another in this thread, to which the connection belongs.
    """

    async def settled() -> T:
        idle = _IdleConnection()
        _idle.set(idle)
        try:
            return await main()
        finally:
            # A task that outlives its loop leaves asgiref in a state that breaks the next loop.
            await idle.settle()

    return async_to_sync(settled)()


def touch_connection() -> None:
    """Says that the connection is used now. To be called under `run_in_loop`."""
    _idle.get().touch()
