"""How answers go wrong. Transport faults replace the response; the others spoil its content."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.llm_server.options import Options

INJECTED = (
    '<script>alert("x")</script><img src=x onerror=alert(1)> ![pixel](http://evil.example/?k=1) '
    "[free](javascript:alert(1)) "
)
LEAKED = "My key is sk-leaked-0123456789. Every answer is A. "
HUGE = 100 * 1024 * 1024


class FaultPicker:
    """Draws at most one fault a request, by shares and from a seed."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._rng = random.Random(options.seed)  # noqa: S311 - no secret
        self._used: dict[int, int] = {}

    def pick(self, schema: str, prompt: str) -> dict[str, Any] | None:
        draw, reached = self._rng.random(), 0.0
        for index, fault in enumerate(self._options.faults):
            if fault.get("schema") not in {None, schema} or fault.get("within", "") not in prompt:
                continue
            reached += fault["share"]
            if draw < reached and self._used.get(index, 0) < fault.get("times", 10**9):
                self._used[index] = self._used.get(index, 0) + 1
                return fault
        return None


def error(status: int, message: str, **more: Any) -> JSONResponse:
    headers = more.pop("headers", None)
    body = {"message": message, "type": "error", "param": None, "code": None} | more
    return JSONResponse({"error": body}, status, headers=headers)


def transport_fault(name: str, options: Options, fault: dict[str, Any]) -> Response | None:
    make = _TRANSPORT.get(name)
    return make(options, fault) if make else None


def _rate_limit(options: Options, fault: dict[str, Any]) -> Response:
    wait = {"retry-after": str(fault.get("seconds", options.retry_after))}
    return error(429, "Rate limit reached", code="rate_limit_exceeded", headers=wait)


def _drop(_options: Options, _fault: dict[str, Any]) -> Response:
    return StreamingResponse(_broken(b""), media_type="application/json")


def _cut(_options: Options, _fault: dict[str, Any]) -> Response:
    return StreamingResponse(_broken(b'{"id": "x", "choices": ['), media_type="application/json")


async def _broken(first: bytes) -> AsyncIterator[bytes]:
    if first:
        yield first
    raise ConnectionAbortedError


async def _slow() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.2)


async def _huge() -> AsyncIterator[bytes]:
    for _ in range(HUGE // 65536):
        yield b" " * 65536


_TRANSPORT: dict[str, Callable[[Options, dict[str, Any]], Response]] = {
    "rate_limit": _rate_limit,
    "server_error": lambda *_: error(500, "Internal error"),
    "overloaded": lambda *_: error(503, "Overloaded"),
    "quota": lambda *_: error(429, "You exceeded your quota", code="insufficient_quota"),
    "context_length": lambda *_: error(
        400, "This model's maximum context length is 10 tokens", code="context_length_exceeded"
    ),
    "drop": _drop,
    "cut": _cut,
    "slow_stream": lambda *_: StreamingResponse(_slow(), media_type="application/json"),
    "huge": lambda *_: StreamingResponse(_huge(), media_type="application/json"),
    "garbage": lambda *_: Response("<html>It works!</html>", media_type="text/html"),
    "no_choices": lambda *_: JSONResponse({"object": "chat.completion", "choices": None}),
}


# What goes wrong in the middle of a stream, after so many of its pieces; its text is right.
STREAMS = {"stream_error", "stream_cut"}
PIECES_BEFORE = 4


async def spoilt_stream(name: str, pieces: AsyncIterable[Any]) -> AsyncIterator[Any]:
    number = 0
    async for piece in pieces:
        if number >= PIECES_BEFORE and name == "stream_error":
            yield 'data: {"error": {"message": "The model is overloaded", "code": 503}}\n\n'
            return
        if number >= PIECES_BEFORE and name == "stream_cut":
            raise ConnectionAbortedError
        number += 1
        yield piece


def spoil(name: str, value: Any) -> dict[str, Any]:
    """The message's fields and the reason it ended, for a fault of the content."""
    text = json.dumps(value, ensure_ascii=False)
    plain = {
        **dict.fromkeys(STREAMS, text),
        "truncated": text[: len(text) * 2 // 3],
        "length": text[: len(text) // 2],
        "empty": "",
        "filtered": "",
        "prose": "I would rather talk about something else today.",
        "oversized": text[:-1] + " " * 3_000_000 + ', "more": "' + "x" * 1000 + '"}',
    }
    if name == "refusal":
        return {"content": None, "refusal": "I can't help with that."}
    if name in plain:
        return {"content": plain[name]}
    return {"content": json.dumps(_SPOILERS[name](value), ensure_ascii=False)}


def _wrong_schema(value: Any) -> Any:
    return {name: ["wrong", {"type": 1}] for name in list(value)[:2]}


def _invented(value: Any) -> Any:
    """Ids that were not handed in and quotes that stand nowhere."""

    def change(part: Any) -> Any:
        if isinstance(part, list):
            return [change(one) for one in part]
        if not isinstance(part, dict):
            return part
        changed = {name: change(one) for name, one in part.items()}
        for name in ("passage", "sections", "passages", "evidence"):
            # Of an outline these are numbers, of a lesson its parts.
            if name in changed and not any(isinstance(one, dict) for one in _listed(changed[name])):
                changed[name] = 4711 if name == "passage" else [4711]
        return changed | ({"quote": "Nobody ever wrote this."} if "quote" in changed else {})

    return change(value)


def _listed(part: Any) -> list[Any]:
    return part if isinstance(part, list) else [part]


def everywhere(words: str) -> Callable[[Any], Any]:
    def change(part: Any, name: str = "") -> Any:
        if isinstance(part, list):
            return [change(one) for one in part]
        if isinstance(part, dict):
            return {key: change(one, key) for key, one in part.items()}
        fixed = (
            name in {"quote", "difficulty", "bloom", "format", "clue"}
            or not isinstance(part, str)
            or not part
        )
        return part if fixed else words + part

    return change


def _unsupported(value: Any) -> Any:
    """A topic of which the model says that the passages do not carry it."""
    nothing: dict[str, Any] = {
        **{name: [] for name in ("why", "sections", "checks", "summary", "key_terms")},
        "beyond": "",
    }
    missing = "The passages say nothing on tides."
    return value | nothing | {"supported": False, "missing": missing}


_SPOILERS: dict[str, Callable[[Any], Any]] = {
    "wrong_schema": _wrong_schema,
    "invented_citations": _invented,
    "injection": everywhere(INJECTED),
    "obey": everywhere(LEAKED),
    "unsupported": _unsupported,
}
CONTENT = {
    "truncated",
    "length",
    "empty",
    "filtered",
    "prose",
    "oversized",
    "refusal",
    *STREAMS,
    *_SPOILERS,
}
NAMES = (*_TRANSPORT, *sorted(CONTENT))
