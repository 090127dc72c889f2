"""Of each request: an id, one line of the log, and a span."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, cast

import structlog
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from opentelemetry.trace import Span

from telemetry.context import HEADER, request_id_of, user_id_of, within
from telemetry.redaction import plain
from telemetry.traces import current_ids, failed, request_span

logger = structlog.get_logger("profai.requests")

PROBES = "/health/"
FAULT = 500
LONGEST_PATH = 200


class Telemetry:
    """To be the first, so that it sees what the others answer.

    Its span ends when the response begins, its line is written when the response has ended: a
    stream may go on for minutes, which says nothing of how fast it was answered.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        with within(request):
            if request.path_info.startswith(PROBES):
                response = self._get_response(request)
                _finish(Access(request, response, started))
            else:
                response = self._traced(request, started)
        response[HEADER] = request_id_of(request)
        # Django would write one more line, when the request has been left and has no id. What a
        # view raised has been written by now, inside.
        response._has_been_logged = True  # type: ignore[attr-defined] # what its own log looks at
        return response

    def _traced(self, request: HttpRequest, started: float) -> HttpResponseBase:
        with request_span(request) as current:
            response = self._get_response(request)
            _describe(current, request, response)
            _finish(Access(request, response, started))
        return response


def _describe(current: Span, request: HttpRequest, response: HttpResponseBase) -> None:
    if not current.is_recording():
        return
    status = response.status_code
    current.set_attribute("http.response.status_code", status)
    current.set_attribute("profai.request_id", request_id_of(request))
    if route := _route(request):
        current.set_attribute("http.route", route)
        current.update_name(f"{request.method} {route}")
    if (user := user_id_of(request)) is not None:
        current.set_attribute("profai.user_id", user)
    if status >= FAULT:
        failed(current, str(status))


def _route(request: HttpRequest) -> str:
    """The pattern that a view was found by; "" for what none was."""
    match = request.resolver_match
    return f"/{match.route.replace('^', '').rstrip('$')}" if match else ""


class Access:
    """What the line of a request says. Of a path only as much as has no pattern; no query."""

    def __init__(self, request: HttpRequest, response: HttpResponseBase, started: float) -> None:
        self._request, self._response, self._started = request, response, started
        self._trace = current_ids()
        self.sent = 0

    def write(self) -> None:
        request, response = self._request, self._response
        route = _route(request)
        where = {"route": route} if route else {"path": plain(request.path)[:LONGEST_PATH]}
        self._say()(
            "Request",
            method=request.method,
            **where,
            status=response.status_code,
            duration_ms=round((time.monotonic() - self._started) * 1000, 1),
            bytes=self._bytes(),
            **self._trace,
        )

    def _say(self) -> Callable[..., None]:
        """No error: whatever broke has a line of its own, and that a part is away is foreseen."""
        if self._request.path_info.startswith(PROBES):
            return cast("Callable[..., None]", logger.debug)
        failed = self._response.status_code >= FAULT
        return cast("Callable[..., None]", logger.warning if failed else logger.info)

    def write_later(self) -> None:
        """When the request has been left."""
        with self.again():
            self.write()

    def again(self) -> AbstractContextManager[None]:
        """For what is done for the request when it has been left."""
        return within(self._request)

    def _bytes(self) -> int:
        response = cast("Any", self._response)
        return self.sent if response.streaming else len(response.content)

    def count(self, chunk: bytes) -> bytes:
        self.sent += len(chunk)
        return chunk


def _finish(access: Access) -> None:
    """Now, or when the last of a stream has been sent or its reader has gone."""
    response = cast("Any", access._response)
    if not response.streaming:
        access.write()
        return
    stream = cast("StreamingHttpResponse", response)
    if stream.is_async:
        stream.streaming_content = _counted_later(access, stream.streaming_content)
    else:
        stream.streaming_content = _counted(access, stream.streaming_content)
    response._resource_closers.append(access.write_later)


def _counted(access: Access, chunks: Any) -> Iterator[bytes]:
    left = iter(chunks)
    while True:
        with access.again():
            chunk = next(left, None)
        if chunk is None:
            return
        yield access.count(chunk)


async def _counted_later(access: Access, chunks: Any) -> AsyncIterator[bytes]:
    left = aiter(chunks)
    while True:
        with access.again():
            chunk = await anext(left, None)
        if chunk is None:
            return
        yield access.count(chunk)
