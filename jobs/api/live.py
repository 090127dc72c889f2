"""The present state of jobs, read once a second for all streams of a process together.

LISTEN and NOTIFY would slow every write to a job down and need a connection in each process. A
query by primary keys takes a millisecond, and is made only while somebody watches.
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
# The columns that a client sees. Durations that only grow with time are no change.
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
    """A job as `GET /api/jobs/{id}` shows it; two snapshots of one `version` are equal.

    `json` is empty for a job that could not be serialized.
    """

    version: str
    state: str
    is_open: bool
    # Contains durations, which grow with time.
    json: str = field(compare=False)


def version_of(job: Job) -> str:
    seen = repr([getattr(job, name) for name in VISIBLE])
    return blake2b(seen.encode(), digest_size=9).hexdigest()


def snapshot(job: Job) -> Snapshot:
    """The job's snapshot. A job that cannot be serialized is logged and does not end the stream."""
    try:
        shown = JSONRenderer().render(JobSerializer(job).data).decode()
    except Exception:
        logger.exception("Job %s cannot be shown", job.pk)
        shown = ""
    return Snapshot(version_of(job), job.status, job.is_open, shown)


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the database in a thread, and close connections that are too old."""

    def run() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.to_thread(run)


@dataclass(eq=False, slots=True)
class Watch:
    """One client's view of a job. `latest` is None when the job was deleted."""

    latest: Snapshot | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> None:
        """Wait until the job changes, or for `seconds`."""
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
    """Reads the watched jobs and tells their watchers. Use it in one event loop only."""

    def __init__(self) -> None:
        self._watches: dict[uuid.UUID, set[Watch]] = {}
        self._known: dict[uuid.UUID, Snapshot] = {}
        self._polling: asyncio.Task[None] | None = None
        self.stopping = False

    @contextmanager
    def watch(self, job_id: uuid.UUID, latest: Snapshot) -> Iterator[Watch]:
        watch = Watch(latest)
        self._watches.setdefault(job_id, set()).add(watch)
        self._start()
        try:
            yield watch
        finally:
            self._watches[job_id].discard(watch)
            if not self._watches[job_id]:
                del self._watches[job_id]

    def stop(self) -> None:
        """Wake all watchers; they see `stopping` and end."""
        self.stopping = True
        for watches in self._watches.values():
            for watch in watches:
                watch.changed.set()

    def _start(self) -> None:
        if self._polling is None:
            # In its own context: it reads for all watchers, not for this request alone.
            self._polling = asyncio.create_task(self._poll(), context=Context())
            self._polling.add_done_callback(self._ended)

    def _ended(self, polling: asyncio.Task[None]) -> None:
        """Start the task again if others still watch. Only the end of the loop cancels it."""
        self._polling = None
        self._known.clear()
        if polling.cancelled():
            return
        if (error := polling.exception()) is not None:
            logger.critical("Live progress failed and is started again", exc_info=error)
        if self._watches and not self.stopping:
            self._start()

    async def _poll(self) -> None:
        while self._watches and not self.stopping:
            await asyncio.sleep(PAUSE)
            await self._look()

    async def _look(self) -> None:
        """Read all watched jobs once and tell their watchers."""
        wanted = list(self._watches)
        try:
            found = await in_thread(_read, wanted, dict(self._known))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Live progress waits for the database: %s", error)
            return
        except Exception:
            logger.exception("Live progress could not be read")
            return
        self._known = found
        for job_id in wanted:
            for watch in self._watches.get(job_id, ()):
                watch.show(found.get(job_id))


def _read(
    wanted: Iterable[uuid.UUID], known: dict[uuid.UUID, Snapshot]
) -> dict[uuid.UUID, Snapshot]:
    """Snapshots of the jobs that exist; unchanged jobs keep the snapshot that they had."""
    found = {}
    for job in Job.objects.filter(pk__in=wanted):
        old = known.get(job.pk)
        found[job.pk] = old if old and old.version == version_of(job) else snapshot(job)
    return found


feed = Feed()
