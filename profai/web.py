"""What the web server calls: pages in a few threads, streams in none.

Django's own ASGI handler gives each request a thread and so a database connection of its own,
and takes whole bodies before anybody has asked who sends them. So it answers only what is
streamed for minutes; everything else goes to Django's WSGI handler in threads of a fixed number,
which keep their connections (docs/decisions/0006-web-server.md has the figures). What probes and
Prometheus ask has threads apart from those: a database that hangs holds all that serve pages.
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

from profai.processes import end_with_parent
from rest.headers import REFUSED
from rest.problems import MEDIA_TYPE, problem
from telemetry.metrics import STREAMS_OPEN, under_way

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Called with the three of the above; libraries spell their types in several ways.
Application = Callable[[Any, Any, Any], Awaitable[None]]

STREAM = re.compile(r"/api/jobs/[^/]+/events/?")
# A longer body is read by the view as it comes; a shorter one is here before a thread is taken.
# That is as much as strangers may send (rest/bodies.py): they keep no thread waiting.
SMALL_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
STALLED = 60.0  # seconds without a byte of a body that is awaited
SLOWEST = 4096  # bytes for each second of waiting after the first STALLED of them
CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"}
# What streams ask of the database, in turns.
STREAM_THREADS = 2
# Threads of each address that tells how we are, so that no page and no other probe can fill them.
# The first needs nothing but a moment; the others wait for parts, though never for long.
PROBES: Final = {"/health/live": 1, "/health/web": 2, "/health/ready": 2, "/metrics": 2}


class Web:
    """The ASGI application. `on_start` is called when the process has started, `on_stop` in the
    event loop when it is to end, `on_end` in a thread when the last response has been sent.

    Long bodies have threads of their own: somebody who sends slowly delays no page. So has each
    of the addresses in `probes`.
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
        elif body_size(scope) <= SMALL_BODY:
            await self._page(scope, receive, send)
        else:
            await self._uploads(scope, steady(receive), send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await whole(steady(receive))
        except ConnectionResetError:
            return
        except TimeoutError:
            await _refuse(
                send, 408, "timeout", f"Send a body within {STALLED:.0f} seconds, or quicker."
            )
            return
        await self._probes.get(scope["path"], self._pages)(scope, body, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until its first bytes a stream may hold a connection, so that few open at a time.

        Nobody may take a place there and then let us wait for a body.
        """
        if body_size(scope):
            await _refuse(send, 400, "invalid", "Ask for a stream without a body.")
            return
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._opening)

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.body":
                    await opening.aclose()
                await send(message)

            with under_way(STREAMS_OPEN):
                await self._streams(scope, receive, send_on)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the start of the process to its end, as the server tells it."""
        await receive()
        _end_with_server()
        self._on_start()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(STREAM_THREADS, "streams"))
        self._catch_signals(loop)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Those of streams may hang on the database for ever.
        await loop.run_in_executor(ThreadPoolExecutor(1, "end"), self._on_end)
        await send({"type": "lifespan.shutdown.complete"})

    def _catch_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server tells its application of the end only after the last response."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, partial(self._stop, loop, signal.getsignal(number)))

    def _stop(self, loop: asyncio.AbstractEventLoop, before: Any, number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(self._on_stop)
        if callable(before):
            before(number, frame)


def _end_with_server() -> None:
    """A server that was killed must not leave processes behind which hold its port."""
    end_with_parent()
    server = multiprocessing.parent_process()
    if server is not None and not server.is_alive():
        # It was killed before we could ask to be told.
        signal.raise_signal(signal.SIGTERM)


def cleaned(scope: Scope) -> Scope:
    """Without what would mean something else, or nothing, in the words of WSGI."""
    # X_Forwarded_For would pass for X-Forwarded-For.
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote(scope["query_string"], safe=printable).encode("ascii")
    return {**scope, "headers": headers, "query_string": query}


def is_readable(scope: Scope) -> bool:
    """Whether Django can make sense of the content type. Of some, such as `charset=hex`, it makes
    an error of ours before any page or middleware is asked, which strangers could have by heaps."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    if not kinds:
        return True
    try:
        _, parameters = parse_header_parameters(b",".join(kinds).decode("latin-1"))
        return codecs.lookup(parameters.get("charset", "utf-8")).name in CHARSETS
    except (LookupError, ValueError):
        return False


def body_size(scope: Scope) -> int:
    """Bytes, as the client says; the server has refused what is no number."""
    return int(dict(scope["headers"]).get(b"content-length", 0))


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    named = REFUSED | {"Content-Type": MEDIA_TYPE}
    headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = json.dumps(problem(status, code, detail)).encode()
    await send({"type": "http.response.body", "body": body})


def steady(receive: Receive) -> Receive:
    """OSError instead of the end of a body that will not come, or comes by drops."""
    waited, came = 0.0, 0

    async def next_message() -> Message:
        nonlocal waited, came
        began = time.monotonic()
        message = await asyncio.wait_for(receive(), STALLED)
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The client went away before it had sent everything.")
        waited += time.monotonic() - began
        came += len(message.get("body", b""))
        if came < (waited - STALLED) * SLOWEST:
            raise TimeoutError("The body comes too slowly.")
        return message

    return next_message


async def whole(receive: Receive) -> Receive:
    """The body, taken whole, as one message."""
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)

    async def one_message() -> Message:
        return {"type": "http.request", "body": b"".join(chunks), "more_body": False}

    return one_message
