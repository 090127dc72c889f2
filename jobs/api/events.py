"""A job's progress as server-sent events, and the limits of open streams.

A person's slots are bytes of one file; a process locks the byte of each slot that it uses. So all
processes of a machine share them, and the kernel frees them when a process dies.
"""

from __future__ import annotations

import copy
import fcntl
import os
import threading
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, InterfaceError, connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, Throttled
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request

from common.rest.views import APIView
from jobs.api.live import Snapshot, feed, in_thread, snapshot
from jobs.queries import visible_jobs

RETRY = 3000  # milliseconds after which a client comes back
RETRY_AFTER = 10  # seconds after which somebody with too many streams may try again
ENDED = "-end"

_making = threading.Lock()


def slots() -> Slots:
    """The slots of this process, made once, at the first stream."""
    with _making:
        return _slots()


@cache
def _slots() -> Slots:
    return Slots(
        settings.VAR_DIR / "streams.lock",
        each=settings.STREAMS_PER_USER,
        total=settings.STREAMS_PER_PROCESS,
    )


class Events:
    """The text of a stream. `close` gives its slot back, even if nobody has read it."""

    def __init__(
        self, first: Snapshot, *, job_id: uuid.UUID, seen: str, allowed: Callable[[], bool]
    ) -> None:
        self._first, self._job_id, self._allowed = first, job_id, allowed
        self._seen = seen
        self._slot: int | None = None

    def open_for(self, user_id: int) -> None:
        """Raises Throttled if the person or this process has too many streams."""
        self._slot = slots().take(user_id)
        if self._slot is None:
            most = settings.STREAMS_PER_USER
            words = f"Too many streams are open; you may have {most}. Close some, or ask for the "
            raise Throttled(wait=RETRY_AFTER, detail=f"{words}job's state itself.")

    def close(self) -> None:
        if self._slot is not None:
            slots().give_back(self._slot)
            self._slot = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yields events until the job ends, the time is over, the right to see it is lost, or the
        process stops."""
        # The thread that opened the stream waits for its end; its connection must not stay open.
        await sync_to_async(connections.close_all)()
        yield f"retry: {RETRY}\n\n".encode()
        until = time.monotonic() + settings.STREAM_SECONDS
        check_at = time.monotonic() + settings.STREAM_RECHECK_SECONDS
        with feed.watch(self._job_id, self._first) as watch:
            while watch.latest and not feed.stopping and time.monotonic() < until:
                if time.monotonic() >= check_at:
                    if not await in_thread(self._allowed):
                        return
                    check_at = time.monotonic() + settings.STREAM_RECHECK_SECONDS
                # While a part is sent the job may go on, and end: that is the next turn's news.
                latest = watch.latest
                for part in self._news(latest):
                    yield part
                if not latest.is_open:
                    return
                left = until - time.monotonic()
                await watch.wait(min(settings.STREAM_HEARTBEAT_SECONDS, left))
                if watch.latest is latest:
                    yield b": still here\n\n"

    def _news(self, latest: Snapshot) -> list[bytes]:
        events = []
        if latest.version != self._seen and latest.json:
            events.append(event("progress", latest.json, latest.version))
            self._seen = latest.version
        if not latest.is_open:
            state = f'{{"state":"{latest.state}"}}'
            events.append(event("end", state, latest.version + ENDED))
        return events


def event(name: str, data: str, number: str = "") -> bytes:
    """Returns a server-sent event; `data` is JSON, which has no line breaks."""
    known = f"id: {number}\n" if number else ""
    return f"event: {name}\n{known}data: {data}\n\n".encode()


def stream_response(parts: AsyncIterable[bytes]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        parts,
        content_type="text/event-stream; charset=utf-8",
        # A proxy that buffers would delay the events.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class JobEventsView(APIView):
    """Live progress of a job."""

    # Not HEAD, which Django would answer with a stream that nobody reads.
    http_method_names = ["get", "options"]
    scopes: ClassVar = {"*": "jobs:read"}

    @extend_schema(
        operation_id="jobs_events",
        parameters=[
            OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH),
            OpenApiParameter(
                "Last-Event-ID",
                str,
                OpenApiParameter.HEADER,
                description="The id of the last event that you have; one of another job is as "
                "good as none.",
            ),
            OpenApiParameter(
                "last_event_id", str, description="The same, for clients that set no headers."
            ),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR,
                description="Events `progress` with the job as `GET /api/jobs/{id}` answers it, "
                "the present state first, then `end` with its state. A comment comes every 15 s. "
                "After 15 minutes the stream closes; come back with the last id.",
            ),
            204: OpenApiResponse(
                description="The job has ended and you have had the event `end`: do not come back."
            ),
        },
    )
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        """Follow the job: server-sent events until it ends."""
        job = get_object_or_404(visible_jobs(request.user), pk=pk)
        first = snapshot(job)
        seen = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", "")
        if not first.is_open and seen == first.version + ENDED:
            return HttpResponse(status=204)
        copied = copy.copy(request._request)
        events = Events(first, job_id=pk, seen=seen, allowed=lambda: _still_allowed(copied, pk))
        events.open_for(request.user.pk or 0)
        return stream_response(events)


def _still_allowed(request: HttpRequest, pk: uuid.UUID) -> bool:
    """Whether the request would be allowed now: reads session, token, account and job again.

    True while the database is unavailable: then the stream shows nothing new anyway.
    """
    view = JobEventsView()
    copied = copy.copy(request)
    for cached in ("_cached_user", "_acached_user"):
        copied.__dict__.pop(cached, None)
    try:
        for middleware in (SessionMiddleware, AuthenticationMiddleware):
            middleware(_unused).process_request(copied)
        fresh = view.initialize_request(copied)
        view.setup(request, pk=pk)
        view.request = fresh
        view.perform_authentication(fresh)
        view.check_permissions(fresh)
        return visible_jobs(fresh.user).filter(pk=pk).exists()
    except APIException:
        return False
    except (DatabaseError, InterfaceError):
        return True


def _unused(_request: HttpRequest) -> Any:
    raise AssertionError("Only the middleware's first half is called.")


# Bytes for each person; more than any limit.
STRIDE = 1000


class Slots:
    """Opens the file only once: closing any handle of it would release this process's locks."""

    def __init__(self, path: Path, *, each: int, total: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._each, self._total = min(each, STRIDE), total
        self._taken: set[int] = set()
        self._lock = threading.Lock()

    def take(self, user_id: int) -> int | None:
        """A slot, to be given back; None if the person or the process has too many."""
        first = user_id * STRIDE
        with self._lock:
            if len(self._taken) >= self._total:
                return None
            return next(filter(self._try, range(first, first + self._each)), None)

    def give_back(self, slot: int) -> None:
        with self._lock:
            if slot in self._taken:
                self._taken.discard(slot)
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)

    def _try(self, slot: int) -> bool:
        if slot in self._taken:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except OSError:
            return False
        self._taken.add(slot)
        return True
