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

# Seconds without a query, after which a connection is closed. Not shorter, so that many short calls
# in parallel use one connection and do not open one each.
RELEASE_AFTER = 1.0


def for_each(
    run: StepRun,
    items: Sequence[T],
    work: Callable[[T], Awaitable[str]],
    *,
    done: int = 0,
    at_once: int = 0,
    item_errors: type[Exception] | tuple[type[Exception], ...] = (),
) -> None:
    """Does `work` for every item, `at_once` (or LLM_CONCURRENCY) at a time, in one event loop.

    `work` returns a line for the job's message; `done` units were finished by an earlier try.
    After an error no more items are started, but those that run are finished, because their calls
    have to be paid for. `item_errors`: an error of these types stops no other item. At the end the
    first other error is raised, or, if there is none, the first of these. A cancelled job stops
    before the next item.
    """
    limit = asyncio.Semaphore(at_once or settings.LLM_CONCURRENCY)
    loop = _ItemLoop(run, work, item_errors, limit, done, done + len(items))
    run_in_loop(lambda: loop.do_all(items))


@dataclass
class _ItemLoop(Generic[T]):
    """One call of `for_each`: its arguments, and what has happened so far."""

    run: StepRun
    work: Callable[[T], Awaitable[str]]
    item_errors: type[Exception] | tuple[type[Exception], ...]
    limit: asyncio.Semaphore
    done: int
    total: int
    failures: list[Exception] = field(default_factory=list)
    stopped: bool = False

    async def do_all(self, items: Sequence[T]) -> None:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(self._do(item))
        fatal = [error for error in self.failures if not isinstance(error, self.item_errors)]
        if self.failures:
            raise (fatal or self.failures)[0]

    async def _do(self, item: T) -> None:
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
                self.stopped = self.stopped or not isinstance(error, self.item_errors)


class _IdleConnection:
    """Closes this worker's database connection when nothing has used it for RELEASE_AFTER seconds.

    A step that waits for a slow model then keeps no connection open; its next query opens one.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[None] | None = None

    def touch(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(RELEASE_AFTER, self._start)

    async def settle(self) -> None:
        """Cancels the timer and waits for a closing that has begun, so that no task outlives the
        event loop.
        """
        if self._timer:
            self._timer.cancel()
        if self._closing:
            await self._closing

    def _start(self) -> None:
        # Kept in an attribute, because the event loop has only weak references to tasks.
        self._closing = asyncio.ensure_future(sync_to_async(self._close)())

    @staticmethod
    def _close() -> None:
        if not connection.in_atomic_block:
            connection.close()


_idle: ContextVar[_IdleConnection] = ContextVar("_idle")


def run_in_loop(main: Callable[[], Awaitable[T]]) -> T:
    """Runs `main` in an event loop of its own and returns its result.

    What `main` calls through `sync_to_async` runs in the calling thread, one call after another: a
    database connection can be used only in the thread that opened it.
    """

    async def main_and_settle() -> T:
        idle = _IdleConnection()
        _idle.set(idle)
        try:
            return await main()
        finally:
            # A task that outlives its loop leaves asgiref in a state that breaks the next loop.
            await idle.settle()

    return async_to_sync(main_and_settle)()


def touch_connection() -> None:
    """Restarts the time after which an unused connection is closed. Only inside `run_in_loop`."""
    _idle.get().touch()
