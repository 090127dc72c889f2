"""Takes a response from its thread at once, and sends it as fast as the client reads.

If threads waited for clients, a few clients that read nothing could stop all pages of a process.
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from profai.server.web import Application, Message, Send

MAX_IN_MEMORY = 1024 * 1024  # bytes of one response; longer ones wait on the disk
PIECE = 64 * 1024  # bytes
MAX_STALL = 60.0  # seconds in which a client takes nothing


class ResponseBuffering:
    """An ASGI application that takes each response whole before it sends it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        with Answer() as answer:
            await self._application(scope, receive, answer.take)
            if answer.error is not None:
                raise answer.error
            try:
                await answer.send(send)
            except Exception:  # noqa: BLE001 - after any error nobody reads on
                await _hang_up(send)


class Answer:
    """A response that is kept and then sent.

    `take` never raises, because the thread that makes the response would then wait for ever;
    `error` is what went wrong, such as a full disk.
    """

    def __init__(self) -> None:
        self.error: OSError | None = None
        self._start: Message = {}
        self._body = SpooledTemporaryFile(max_size=MAX_IN_MEMORY)  # noqa: SIM115 - closed at our end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._body.close()

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif self.error is None:
            try:
                self._body.write(message.get("body", b""))
            except OSError as error:
                self.error = error

    async def send(self, send: Send) -> None:
        """Sends the response. Raises TimeoutError if the client takes nothing."""
        self._body.seek(0)
        await asyncio.wait_for(send(self._start), MAX_STALL)
        piece, more = self._body.read(PIECE), True
        while more:
            following = self._body.read(PIECE)
            more = bool(following)
            body = {"type": "http.response.body", "body": piece, "more_body": more}
            await asyncio.wait_for(send(body), MAX_STALL)
            piece = following


async def _hang_up(send: Send) -> None:
    """Aborts the connection; to close it would still wait for the client.

    If a client sent several requests at once, uvicorn tells only the last one that the client has
    gone, so this one is told here.
    """
    request: Any = getattr(send, "__self__", None)
    transport = getattr(request, "transport", None)
    if transport is not None:
        request.disconnected = True
        transport.abort()
