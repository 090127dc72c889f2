"""The server's routes."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import struct
import time
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.llm_server import answers, faults, quiz_answers
from tests.llm_server.options import Options
from tests.llm_server.plays import PLAYS, Error, Play
from tests.llm_server.record import Call, Record

DIMENSIONS = 64
_TITLE = re.compile(
    r'"title": ?"(CourseOutline|WrittenTopic|QuizPlan|WrittenQuestions|GuessedAnswers'
    r'|SolvedQuestions|JudgedQuestions|JudgedClaims|ReadAnswers|AnswerToLearner|Probe)"'
)


@dataclass(frozen=True)
class _Asked:
    """A request as far as its answer depends on it."""

    prompt: str
    schema: str
    form: dict[str, Any]
    call: Call


class Server:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._record = Record()
        self._picker = faults.FaultPicker(options)
        self._cache: dict[str, Any] = {}
        self._recent: list[float] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/embeddings", self.embeddings, methods=["POST"]),
                Route("/v1/models", self.models),
                Route("/control", self.control, methods=["POST"]),
                Route("/control/stats", self.stats),
                Route("/control/requests", self.requests),
            ]
        )

    # --- control

    async def control(self, request: Request) -> Response:
        """Change options. `{"reset": true}` forgets what was recorded and goes back to none."""
        values = await request.json()
        if values.pop("reset", False):
            self._options.__init__()  # type: ignore[misc] # back to the defaults in place
            self._record = Record()
        try:
            self._options.update(values)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        self._picker = faults.FaultPicker(self._options)
        return JSONResponse({})

    async def stats(self, _request: Request) -> Response:
        return JSONResponse(self._record.stats())

    async def requests(self, _request: Request) -> Response:
        return JSONResponse(self._record.as_json())

    # --- the API

    async def models(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({"object": "list", "data": [{"id": "m"}]})

    async def embeddings(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused:
            return refused
        body = await request.json()
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [
            {"object": "embedding", "index": i, "embedding": _embed(text, body)}
            for i, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return JSONResponse(
            {"object": "list", "data": data, "model": body["model"], "usage": usage}
        )

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        prompt = "\n\n".join(_text(message) for message in body["messages"])
        schema, form = _schema_of(body, prompt)
        if _is_ignored(self._play, body):
            form = _schema_of({}, prompt)[1]
        call = Call(
            number=len(self._record.calls),
            digest=sha256(f"{schema}\n{prompt}".encode()).hexdigest()[:16],
            schema=schema,
            model=body.get("model", ""),
            started=time.monotonic(),
            turns=len(body["messages"]),
            prompt=prompt if self._options.keep_prompts else "",
            limit=body.get("max_tokens") or body.get("max_completion_tokens") or 0,
            parameters={name: value for name, value in body.items() if name != "messages"},
            headers=dict(request.headers),
            query=dict(request.query_params),
        )
        self._record.begin(call)
        try:
            response = await self._respond(request, body, _Asked(prompt, schema, form, call))
            call.status = response.status_code
            if body.get("stream") and isinstance(response, StreamingResponse):
                response.body_iterator = self._followed(response.body_iterator, call)
            return response
        finally:
            self._record.end(call)

    async def _followed(self, pieces: AsyncIterable[Any], call: Call) -> AsyncIterator[Any]:
        """A stream as the options want it; whether the client left before its end is recorded."""
        number = 0
        try:
            async for piece in faults.spoilt_stream(call.outcome, pieces):
                # Whoever lets it go on is another request.
                while 0 < self._options.hold_after <= number:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                number += 1
                yield piece
        except (asyncio.CancelledError, GeneratorExit):
            call.outcome = "left"
            raise

    async def _respond(self, request: Request, body: dict[str, Any], asked: _Asked) -> Response:
        refused = (
            self._refused(request)
            or self._unsupported(body)
            or _refused_parameter(self._play, body)
            or self._limited()
        )
        if refused:
            asked.call.outcome = "refused"
            return refused
        fault = self._picker.pick(asked.schema, asked.prompt)
        name = fault["name"] if fault else ""
        asked.call.outcome = name or "answered"
        if name.startswith("play:"):
            return _error(self._play.errors[name.removeprefix("play:")])
        broken = faults.transport_fault(name, self._options, fault or {})
        if broken:
            return broken
        await asyncio.sleep(self._options.latency)
        if self._options.script:
            return self._scripted(body, asked.prompt)
        value = self._answer(asked)
        message = faults.spoil(name, value) if name else {"content": _wrapped(body, value)}
        finish = {"length": "length", "filtered": "content_filter"}.get(name, "")
        return _completion(
            body, asked.prompt, _with_thoughts(self._play, message, value), finish, self._play.usage
        )

    def _answer(self, asked: _Asked) -> Any:
        key = f"{asked.call.digest} {bool(asked.form)} {self._options.play}"
        if key not in self._cache:
            made = answers.answer(
                asked.schema,
                asked.prompt,
                modules=self._options.modules,
                topics=self._options.topics,
            )
            if not asked.form:
                # Nobody told it which form is wanted.
                made = "That is so." if made is None or self._options.play else made
            elif made is None:
                made = answers.generic(asked.form)
            self._cache[key] = made
        return self._overridden(asked, self._cache[key])

    def _overridden(self, asked: _Asked, made: Any) -> Any:
        """The answer with what `overrides` want for single questions of it."""
        for wanted in self._options.overrides:
            if wanted["schema"] != asked.schema or not isinstance(made, dict):
                continue
            shown = quiz_answers.blocks(asked.prompt)
            names = [name for name, text in shown.items() if wanted["within"] in text]
            if names and wanted.get("times", 1) > 0:
                wanted["times"] = wanted.get("times", 10**9) - 1
                values = wanted["values"]
                for name in names if wanted.get("every") else names[:1]:
                    made = made | {name: values and (made.get(name) or {}) | values}
        return made

    def _scripted(self, body: dict[str, Any], prompt: str) -> Response:
        reply = self._options.script.pop(0)
        if isinstance(reply, str):
            return _completion(body, prompt, {"content": reply})
        return JSONResponse(reply["body"], reply.get("status", 200), headers=reply.get("headers"))

    @property
    def _play(self) -> Play:
        return PLAYS.get(self._options.play) or Play("", "")

    def _refused(self, request: Request) -> Response | None:
        sent = request.headers.get(self._play.key_header, "").removeprefix("Bearer ")
        if self._options.key and sent != self._options.key:
            # Some servers are as careless as this.
            return faults.error(401, f"Incorrect API key provided: {sent}", code="invalid_api_key")
        return None

    def _unsupported(self, body: dict[str, Any]) -> Response | None:
        kind = (body.get("response_format") or {}).get("type", "text")
        play = self._play
        if {"json_schema": play.schema, "json_object": play.object_}.get(kind) == "refused":
            assert play.schema_refusal is not None
            return _error(play.schema_refusal)
        if kind == "text" or kind in self._options.structured:
            return None
        message = f"'response_format' of type '{kind}' is not supported with this model"
        return faults.error(400, message, param="response_format", type="invalid_request_error")

    def _limited(self) -> Response | None:
        now = time.monotonic()
        self._recent = [at for at in self._recent if at > now - 60]
        many = self._options.requests_per_minute
        flight = self._options.max_in_flight
        if (many and len(self._recent) >= many) or (flight and self._record.in_flight > flight):
            wait = {"retry-after": str(self._options.retry_after)}
            return faults.error(429, "Slow down", code="rate_limit_exceeded", headers=wait)
        self._recent.append(now)
        return None


def _error(error: Error) -> Response:
    status, body, headers = error
    if isinstance(body, str):
        return Response(body, status, headers=dict(headers))
    return JSONResponse(body, status, headers=dict(headers))


def _is_ignored(play: Play, body: dict[str, Any]) -> bool:
    kind = (body.get("response_format") or {}).get("type", "text")
    return {"json_schema": play.schema, "json_object": play.object_}.get(kind) == "ignored"


def _refused_parameter(play: Play, body: dict[str, Any]) -> Response | None:
    for name, error in play.refused.items():
        refused = body.get("enable_thinking") is not False if " " in name else name in body
        if refused:
            return _error(error)
    asked = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    if play.most_output and asked > play.most_output[0]:
        return _error(play.most_output[1])
    return None


def _with_thoughts(play: Play, message: dict[str, Any], value: Any) -> dict[str, Any]:
    """The answer with a draft of it before it, where the provider's models show their thoughts."""
    content = message.get("content")
    if not play.thinking or not isinstance(content, str):
        return message
    draft = answers.as_text(faults.everywhere("Draft. ")(value))
    if play.thinking == "field":
        return message | {"reasoning_content": draft, "reasoning": draft}
    if play.thinking == "parts":
        thoughts = {"type": "thinking", "thinking": [{"type": "text", "text": draft}]}
        return message | {"content": [thoughts, {"type": "text", "text": content}]}
    before, after = {
        "tags": ("<think>\n", "\n</think>\n\n"),
        "closing tag": ("", "\n</think>\n\n"),
        "channel": (
            "<|channel|>analysis<|message|>",
            "<|end|><|start|>assistant<|channel|>final<|message|>",
        ),
    }[play.thinking]
    return message | {"content": f"{before}{draft}{after}{content}"}


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(p.get("text", "") for p in content)


def _schema_of(body: dict[str, Any], prompt: str) -> tuple[str, dict[str, Any]]:
    """The form asked for: by response_format, by a tool, or by a schema within the prompt."""
    form = (body.get("response_format") or {}).get("json_schema")
    if form:
        return form["name"], form.get("schema", {})
    tools = body.get("tools") or []
    if tools:
        return tools[0]["function"]["name"], tools[0]["function"].get("parameters", {})
    titles = _TITLE.findall(prompt)
    start = prompt.find("JSON Schema:\n")
    if titles and start >= 0:
        return titles[-1], json.JSONDecoder().raw_decode(prompt, prompt.index("{", start))[0]
    return "", {}


def _wrapped(body: dict[str, Any], value: Any) -> str:
    text = value if isinstance(value, str) else answers.as_text(value)
    if isinstance(value, str) or body.get("response_format") or body.get("tools"):
        return text
    return f"Here is what you asked for:\n\n```json\n{text}\n```\n"


def _completion(
    body: dict[str, Any],
    prompt: str,
    message: dict[str, Any],
    finish: str = "",
    counted: str = "",
) -> Response:
    content = message.get("content") or ""
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit and len(content) > 4 * limit and isinstance(content, str):
        message, finish = {"content": content[: 4 * limit]}, "length"
    tokens = (len(prompt) // 4, len(answers.as_text(message.get("content") or "")) // 4)
    usage = {
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": sum(tokens),
    }
    if counted == "minus one":
        usage = dict.fromkeys(usage, -1)
    if body.get("tools"):
        name = body["tools"][0]["function"]["name"]
        function = {"name": name, "arguments": message.get("content") or ""}
        call = {"id": "call-1", "type": "function", "function": function}
        message, finish = {"content": None, "tool_calls": [call]}, finish or "tool_calls"
    base = {"id": "chatcmpl-1", "created": 0, "model": body.get("model", "m")}
    finish = finish or "stop"
    if body.get("stream"):
        return StreamingResponse(
            _stream(base, message, finish, usage), media_type="text/event-stream"
        )
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    said: dict[str, Any] = base | {"object": "chat.completion", "choices": [choice]}
    return JSONResponse(said | ({} if counted == "none" else {"usage": usage}))


async def _stream(
    base: dict[str, Any], message: dict[str, Any], finish: str, usage: dict[str, int]
) -> AsyncIterator[str]:
    content = message.get("content") or ""
    deltas: list[dict[str, Any]] = [{"role": "assistant"}]
    deltas += [{"content": content[at : at + 40]} for at in range(0, len(content), 40)]
    for delta in deltas:
        yield _event(base, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _event(base, [{"index": 0, "delta": {}, "finish_reason": finish}])
    yield _event(base, [], usage=usage)
    yield "data: [DONE]\n\n"


def _event(base: dict[str, Any], choices: list[Any], **more: Any) -> str:
    chunk = base | {"object": "chat.completion.chunk", "choices": choices} | more
    return f"data: {json.dumps(chunk)}\n\n"


def _embed(text: str, body: dict[str, Any]) -> Any:
    """A bag of words, hashed into a unit vector: texts that share words are near each other."""
    size = body.get("dimensions") or DIMENSIONS
    vector = [0.0] * size
    for word in str(text).lower().split():
        vector[int.from_bytes(sha256(word.encode()).digest()[:4], "big") % size] += 1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    vector = [value / length for value in vector]
    if body.get("encoding_format") == "base64":
        return base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
    return vector
