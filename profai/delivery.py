"""Answers leave the thread that made them at once, and are sent as fast as their reader reads.

A thread that waited for a reader would be lost to everybody else: a few who ask for a page and
read nothing, or who go away at the wrong moment, would stop all pages of a process.
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from profai.web import Application, Message, Send

IN_MEMORY = 1024 * 1024  # bytes of one answer; what is longer waits on the disk
PIECE = 64 * 1024
STALLED = 60.0  # seconds without taking a piece of an answer


class Delivered:
    """An ASGI application whose answers are taken whole before they are sent."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        with Answer() as answer:
            await self._application(scope, receive, answer.take)
            if answer.error is not None:
                raise answer.error
            try:
                await answer.send(send)
            except Exception:  # noqa: BLE001 - whatever it is, there is nobody who would read on
                await _hang_up(send)


class Answer:
    """`take` never raises, because whoever makes the answer would wait for it for ever; what
    went wrong, such as a full disk, stands in `error`."""

    def __init__(self) -> None:
        self.error: OSError | None = None
        self._start: Message = {}
        self._body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed at our end

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
        """Raises TimeoutError for a reader who takes nothing."""
        self._body.seek(0)
        await asyncio.wait_for(send(self._start), STALLED)
        piece, more = self._body.read(PIECE), True
        while more:
            following = self._body.read(PIECE)
            more = bool(following)
            body = {"type": "http.response.body", "body": piece, "more_body": more}
            await asyncio.wait_for(send(body), STALLED)
            piece = following


async def _hang_up(send: Send) -> None:
    """Cut the connection: one that is only closed waits for its reader as long as that likes.

    Of requests that were sent ahead of their answers uvicorn tells only the last that its client
    has gone, so the one under way is told here.
    """
    request: Any = getattr(send, "__self__", None)
    transport = getattr(request, "transport", None)
    if transport is not None:
        request.disconnected = True
        transport.abort()
