"""What jobs look like now, asked once a second for all streams of a process together.

A notice of the database for each change would make every writer of a job pay, and a
connection that listens for each process; a query over the primary key costs a millisecond,
and only while somebody watches.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections
from rest_framework.renderers import JSONRenderer

from jobs.api.serializers import JobSerializer
from jobs.models import Job

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

PAUSE = 1.0  # seconds
# The columns behind what a client sees. Times that pass by themselves are no news.
VISIBLE = (
    "id",
    "kind",
    "title",
    "status",
    "progress",
    "message",
    "created_at",
    "queued_at",
    "started_at",
    "completed_at",
    "result",
    "error",
    "calls",
    "tokens_in",
    "tokens_out",
    "cost",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A job as `GET /api/jobs/{id}` shows it; the same `version` shows the same."""

    version: str
    state: str
    is_open: bool
    # Holds times that pass by themselves.
    json: str = field(compare=False)


def version_of(job: Job) -> str:
    seen = repr([getattr(job, name) for name in VISIBLE])
    return blake2b(seen.encode(), digest_size=9).hexdigest()


def snapshot(job: Job) -> Snapshot:
    shown = JSONRenderer().render(JobSerializer(job).data).decode()
    return Snapshot(version_of(job), job.status, job.is_open, shown)


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Ask the database in a thread of the web server, and leave its connection fit for others."""

    def run() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.to_thread(run)


@dataclass(eq=False, slots=True)
class Watch:
    """Somebody's view of a job. `latest` is None once the job is gone."""

    latest: Snapshot | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> None:
        """Until there is news, or for the time."""
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return
        self.changed.clear()

    def show(self, latest: Snapshot | None) -> None:
        if latest != self.latest:
            self.latest = latest
            self.changed.set()


class Feed:
    """To be used in one event loop, apart from its making."""

    def __init__(self) -> None:
        self._watches: dict[uuid.UUID, set[Watch]] = {}
        self._known: dict[uuid.UUID, Snapshot] = {}
        self._polling: asyncio.Task[None] | None = None
        self.stopping = False

    @contextmanager
    def watch(self, job_id: uuid.UUID, latest: Snapshot) -> Iterator[Watch]:
        watch = Watch(latest)
        self._watches.setdefault(job_id, set()).add(watch)
        if self._polling is None:
            # In a context of its own: it looks for all who watch, not for this request alone.
            self._polling = asyncio.create_task(self._poll(), context=Context())
        try:
            yield watch
        finally:
            self._watches[job_id].discard(watch)
            if not self._watches[job_id]:
                del self._watches[job_id]

    def stop(self) -> None:
        """Wake all who watch; they see `stopping`."""
        self.stopping = True
        for watch in self._everybody():
            watch.changed.set()

    async def _poll(self) -> None:
        try:
            while self._watches and not self.stopping:
                await asyncio.sleep(PAUSE)
                await self._look()
        finally:
            self._polling = None
            self._known.clear()

    async def _look(self) -> None:
        wanted = list(self._watches)
        try:
            found = await in_thread(_read, wanted, dict(self._known))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Live progress waits for the database: %s", error)
            return
        self._known = found
        for job_id in wanted:
            for watch in self._watches.get(job_id, ()):
                watch.show(found.get(job_id))

    def _everybody(self) -> Iterator[Watch]:
        return (watch for watches in self._watches.values() for watch in watches)


def _read(
    wanted: Iterable[uuid.UUID], known: dict[uuid.UUID, Snapshot]
) -> dict[uuid.UUID, Snapshot]:
    """The jobs that are there; those that did not change keep the snapshot they had."""
    found = {}
    for job in Job.objects.filter(pk__in=wanted):
        old = known.get(job.pk)
        found[job.pk] = old if old and old.version == version_of(job) else snapshot(job)
    return found


feed = Feed()
