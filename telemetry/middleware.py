"""Gives each request an id, one line in the log, and a span."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import structlog
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from opentelemetry.trace import INVALID_SPAN, Span

from telemetry.context import HEADER, request_id_of, user_id_of, within
from telemetry.redaction import plain
from telemetry.traces import current_ids, failed, request_span

logger = structlog.get_logger("profai.requests")

PROBES = "/health/"
FAULT = 500
MAX_PATH_LENGTH = 200


class TelemetryMiddleware:
    """Gives each request an id, a log line and a span. Must be the first middleware.

    The span ends when the response begins; the line is written when the response has ended, since
    a stream may last for minutes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        with within(request):
            traced = not request.path_info.startswith(PROBES)
            with request_span(request) if traced else nullcontext(INVALID_SPAN) as current:
                response = self._get_response(request)
                _describe(current, request, response)
                _finish(AccessLine(request, response, started))
        response[HEADER] = request_id_of(request)
        # Django would write another line, outside of the request and so without its id. What a view
        # raised has been logged by now.
        response._has_been_logged = True  # type: ignore[attr-defined] # what its own log looks at
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
    """Returns the URL pattern of the request's view; "" if no view was found."""
    match = request.resolver_match
    return f"/{match.route.replace('^', '').rstrip('$')}" if match else ""


class AccessLine:
    """The log line of a request: its route, or its path if no route matched; never its query."""

    def __init__(self, request: HttpRequest, response: HttpResponseBase, started: float) -> None:
        self._request, self._response, self._started = request, response, started
        self._trace = current_ids()
        self.sent = 0

    def write(self) -> None:
        request, response = self._request, self._response
        route = _route(request)
        where = {"route": route} if route else {"path": plain(request.path)[:MAX_PATH_LENGTH]}
        # Never an error: whatever failed has its own line, and an unavailable part is expected.
        log = logger.warning if response.status_code >= FAULT else logger.info
        if request.path_info.startswith(PROBES):
            log = logger.debug
        log(
            "Request",
            method=request.method,
            **where,
            status=response.status_code,
            duration_ms=round((time.monotonic() - self._started) * 1000, 1),
            bytes=self.sent if response.streaming else len(cast("Any", response).content),
            **self._trace,
        )

    def write_later(self) -> None:
        """Writes the line when the request has been left."""
        with self.again():
            self.write()

    def again(self) -> AbstractContextManager[None]:
        """Returns the request's context, for work after the request has been left."""
        return within(self._request)

    def count(self, chunk: bytes) -> bytes:
        self.sent += len(chunk)
        return chunk


def _finish(access: AccessLine) -> None:
    """Writes the line now, or for a stream when it has been sent or its reader has gone."""
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


def _counted(access: AccessLine, chunks: Any) -> Iterator[bytes]:
    left = iter(chunks)
    while True:
        with access.again():
            chunk = next(left, None)
        if chunk is None:
            return
        yield access.count(chunk)


async def _counted_later(access: AccessLine, chunks: Any) -> AsyncIterator[bytes]:
    left = aiter(chunks)
    while True:
        with access.again():
            chunk = await anext(left, None)
        if chunk is None:
            return
        yield access.count(chunk)
