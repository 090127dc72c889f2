"""The ASGI application: pages run in a few threads, event streams without a thread.

Django's own ASGI handler gives each request its own thread and database connection, and reads whole
bodies before anybody has checked who sends them. So it serves event streams only. All other
requests go to Django's WSGI handler in a fixed number of threads, which keep their connections
(docs/decisions/0006-web-server.md has the figures). Health checks and Prometheus have their own
threads, because a database that hangs blocks all threads that serve pages.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import multiprocessing
import re
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from string import printable
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.utils.http import parse_header_parameters

from common.rest.problems import MEDIA_TYPE, problem
from common.security_headers import REFUSED
from profai.local.processes import end_with_parent
from telemetry.metrics import STREAMS_OPEN, under_way

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Called with the three of the above; libraries spell their types in several ways.
Application = Callable[[Any, Any, Any], Awaitable[None]]

STREAM = re.compile(r"/api/jobs/[^/]+/events/?")
ANSWER = re.compile(r"(?:/api)?/courses/[^/]+/ask/stream/?")
MAX_QUESTION = 16 * 1024  # bytes of a request for an answer, with the form around the question
# A shorter body is read before a thread is taken, a longer one by the view as it arrives. Anonymous
# clients may not send more (common/bodies.py), so they cannot keep a thread waiting.
SMALL_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
MAX_STALL = 60.0  # seconds without a byte of a body
MIN_RATE = 4096  # bytes a second of waiting, after the first MAX_STALL seconds
CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
STREAM_THREADS = 2  # for queries of event streams
# Threads of each health check and of the metrics, so that neither pages nor other checks fill them.
# The first needs one only; the others wait for parts of ProfAI, for a limited time.
PROBES: Final = {"/health/live": 1, "/health/web": 2, "/health/ready": 2, "/metrics": 2}


class Web:
    """`on_start` is called when the process has started, `on_stop` in the event loop when it is
    told to end, `on_end` in a thread when the last response has been sent.

    Long bodies have their own threads, so that slow uploads delay no page. So has each address in
    `probes`.
    """

    def __init__(
        self,
        *,
        pages: Application,
        uploads: Application,
        streams: Application,
        on_stop: Callable[[], None],
        probes: Mapping[str, Application] = MappingProxyType({}),
        on_start: Callable[[], object] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._pages, self._uploads, self._streams = pages, uploads, streams
        self._probes = probes
        self._on_start, self._on_stop, self._on_end = on_start, on_stop, on_end
        self._opening = asyncio.Semaphore(STREAM_THREADS)
        # A search that takes long delays no stream of a job.
        self._asking = asyncio.Semaphore(STREAM_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        scope = cleaned(scope)
        if b"transfer-encoding" in dict(scope["headers"]):
            await _refuse(send, 411, "length_required", "Send the body's size in Content-Length.")
        elif not is_readable(scope):
            await _refuse(
                send, 415, "unsupported_media_type", "Send a plain content type, and text as UTF-8."
            )
        elif STREAM.fullmatch(scope["path"]) and scope["method"] == "GET":
            await self._stream(scope, receive, send)
        elif ANSWER.fullmatch(scope["path"]) and scope["method"] == "POST":
            await self._answer(scope, receive, send)
        elif body_size(scope) <= SMALL_BODY:
            if (body := await _body(receive, send)) is not None:
                await self._probes.get(scope["path"], self._pages)(scope, body, send)
        else:
            await self._uploads(scope, steady(receive), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves an answer that is streamed. The question is read before anything is opened."""
        if body_size(scope) > MAX_QUESTION:
            await _refuse(send, 413, "too_large", "A question has at most 500 characters.")
            return
        body = await _body(receive, send)
        if body is not None:
            await self._open(self._asking, scope, followed_by(body, receive), send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves an event stream. Only a few may open at a time, because until its first bytes a
        stream may hold a database connection. A body is refused, because it could come slowly.
        """
        if body_size(scope):
            await _refuse(send, 400, "invalid", "Ask for a stream without a body.")
            return
        await self._open(self._opening, scope, receive, send)

    async def _open(
        self, turns: asyncio.Semaphore, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(turns)

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.body":
                    await opening.aclose()
                await send(message)

            with under_way(STREAMS_OPEN):
                await self._streams(scope, receive, send_on)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Handles the server's messages about the start and the end of the process."""
        await receive()
        _end_with_server()
        self._on_start()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(STREAM_THREADS, "streams"))
        self._catch_signals(loop)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Not in the threads of streams, which may wait for the database.
        await loop.run_in_executor(ThreadPoolExecutor(1, "end"), self._on_end)
        await send({"type": "lifespan.shutdown.complete"})

    def _catch_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """Calls `on_stop` at a signal: the server tells us only after the last response."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, partial(self._stop, loop, signal.getsignal(number)))

    def _stop(self, loop: asyncio.AbstractEventLoop, before: Any, number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(self._on_stop)
        if callable(before):
            before(number, frame)


def _end_with_server() -> None:
    """Ends this process when the server is killed, since it would keep the port."""
    end_with_parent()
    server = multiprocessing.parent_process()
    if server is not None and not server.is_alive():
        # It was killed before the line above.
        signal.raise_signal(signal.SIGTERM)


def cleaned(scope: Scope) -> Scope:
    """Returns the scope without headers and characters that WSGI would misread."""
    # WSGI takes X_Forwarded_For for X-Forwarded-For.
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote(scope["query_string"], safe=printable).encode("ascii")
    return {**scope, "headers": headers, "query_string": query}


def is_readable(scope: Scope) -> bool:
    """Whether Django can read the content type. Others, such as `charset=hex`, make it fail with a
    server error before any middleware runs."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    if not kinds:
        return True
    try:
        _, parameters = parse_header_parameters(b",".join(kinds).decode("latin-1"))
        return codecs.lookup(parameters.get("charset", "utf-8")).name in CHARSETS
    except (LookupError, ValueError):
        return False


def body_size(scope: Scope) -> int:
    """Returns the bytes that the client announces; the server refuses what is not a number."""
    return int(dict(scope["headers"]).get(b"content-length", 0))


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    named = REFUSED | {"Content-Type": MEDIA_TYPE}
    headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = json.dumps(problem(status, code, detail)).encode()
    await send({"type": "http.response.body", "body": body})


def steady(receive: Receive) -> Receive:
    """Returns a `receive` that raises an OSError if the client has gone or sends too slowly."""
    waited, came = 0.0, 0

    async def next_message() -> Message:
        nonlocal waited, came
        began = time.monotonic()
        message = await asyncio.wait_for(receive(), MAX_STALL)
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The client went away before it had sent everything.")
        waited += time.monotonic() - began
        came += len(message.get("body", b""))
        if came < (waited - MAX_STALL) * MIN_RATE:
            raise TimeoutError("The body comes too slowly.")
        return message

    return next_message


async def _body(receive: Receive, send: Send) -> Receive | None:
    """Reads the whole body; returns None if it did not come, which the client has been told."""
    try:
        return await whole(steady(receive))
    except ConnectionResetError:
        return None
    except TimeoutError:
        await _refuse(
            send, 408, "timeout", f"Send the body within {MAX_STALL:.0f} seconds, or faster."
        )
        return None


def followed_by(first: Receive, rest: Receive) -> Receive:
    """Returns a `receive` that gives one message of `first`, then those of `rest`."""
    is_read = False

    async def next_message() -> Message:
        nonlocal is_read
        if is_read:
            return await rest()
        is_read = True
        return await first()

    return next_message


async def whole(receive: Receive) -> Receive:
    """Reads the whole body; returns a `receive` that gives it as one message."""
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)

    async def one_message() -> Message:
        return {"type": "http.request", "body": b"".join(chunks), "more_body": False}

    return one_message
