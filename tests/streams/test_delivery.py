"""How an answer is sent once it is made, without a server."""

from __future__ import annotations

import asyncio
import errno
from typing import Any, Self

import pytest

from profai.server import response_buffering
from profai.server.response_buffering import MAX_IN_MEMORY, PIECE, Answer, ResponseBuffering
from profai.server.web import Message

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class Request:
    """As uvicorn has one: `send` belongs to it, and so does the connection."""

    def __init__(self, *, reads: int = 10_000) -> None:
        self.sent: list[Message] = []
        self.disconnected = self.aborted = False
        self.transport = self
        self._reads = reads

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self._reads:
            await asyncio.sleep(60)
        self.sent.append(message)

    def abort(self) -> None:
        self.aborted = True


def application(*parts: bytes) -> Any:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return answer


def deliver(request: Request, *parts: bytes) -> None:
    asyncio.run(ResponseBuffering(application(*parts))({}, None, request.send))


@pytest.mark.parametrize(
    "parts",
    [(), (b"short",), (b"a" * PIECE, b"b"), (b"long" * MAX_IN_MEMORY, b"end")],
    ids=["empty", "short", "two pieces", "on the disk"],
)
def test_an_answer_arrives_as_it_was_made(parts: tuple[bytes, ...]) -> None:
    request = Request()
    deliver(request, *parts)
    start, *bodies = request.sent
    assert start is START
    assert b"".join(body["body"] for body in bodies) == b"".join(parts)
    assert [body["more_body"] for body in bodies] == [True] * (len(bodies) - 1) + [False]
    assert max(len(body["body"]) for body in bodies) <= PIECE
    assert not request.aborted


def test_a_reader_who_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_buffering, "MAX_STALL", 0.05)
    request = Request(reads=2)
    deliver(request, b"a" * 5 * PIECE)
    assert (len(request.sent), request.aborted, request.disconnected) == (2, True, True)


def test_a_connection_that_breaks_ends_quietly() -> None:
    class Broken(Request):
        async def send(self, _message: Message) -> None:
            raise RuntimeError("the handler is closed")

    request = Broken()
    deliver(request, b"a")
    assert request.aborted


def test_a_server_that_shows_no_connection_is_left_alone() -> None:
    async def gone(_message: Message) -> None:
        raise ConnectionResetError

    asyncio.run(ResponseBuffering(application(b"a"))({}, None, gone))


def test_a_full_disk_is_an_error_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes the answer is not told, for it would wait in its thread for ever."""
    taken = []

    class Full(Answer):
        async def take(self, message: Message) -> None:
            await super().take(message)
            taken.append(message)

        def write(self, _data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def __enter__(self) -> Self:
            self._body.write = self.write  # type: ignore[method-assign, assignment] # a full disk
            return self

    monkeypatch.setattr(response_buffering, "Answer", Full)
    request = Request()
    with pytest.raises(OSError, match="No space"):
        deliver(request, b"a", b"b", b"c")
    assert (len(taken), request.sent) == (5, [])
