"""Converts the answer of any provider to OpenAI's form of a chat completion.

Thoughts are dropped, parts of a text are joined, tool calls and streams are read as answers, and
token counts are used only if they are plausible.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from engine.llm.prompting import estimate_tokens

MAX_TOKENS = 10_000_000
CUT_OFF, FILTERED = "cut_off", "filtered"
# The library raises errors of its own for two of these names, without what was said and used.
_RENAMED = {
    **dict.fromkeys(
        ("length", "max_tokens", "max_output_tokens", "model_length", "token_limit"), CUT_OFF
    ),
    **dict.fromkeys(
        (
            *("content_filter", "safety", "recitation", "prohibited_content", "blocklist"),
            *("spii", "refusal", "sensitive"),
        ),
        FILTERED,
    ),
}
# Some send comments first, so that the connection stays open.
_STREAM = re.compile(r"\s*(?:(?::|event:|id:|retry:)[^\n]*\n\s*)*data:")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")


def completion_of(text: str) -> dict[str, Any] | None:
    """Returns the body in OpenAI's form; None if it is no chat completion."""
    body = _joined(text) if _STREAM.match(text) else json_or_none(text)
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(choices, list) or not choices:
        return None
    choice = choices[0]
    if not isinstance(choice, dict) or choice.get("error") or body.get("error"):
        return None
    if choice.get("finish_reason") == "error":
        return None
    message = choice.get("message")
    if not isinstance(message, dict):
        message = {"content": choice.get("text")}
    finish = choice.get("finish_reason")
    finish = finish if isinstance(finish, str) else ""
    return {
        "id": str(body.get("id") or ""),
        "object": "chat.completion",
        "created": 0,
        "model": str(body.get("model") or ""),
        "choices": [
            {
                "index": 0,
                "message": _message(message),
                "finish_reason": _RENAMED.get(str(finish).lower(), finish or "stop"),
            }
        ],
        "usage": _usage(body.get("usage"), message),
    }


def json_or_none(text: str) -> Any:
    """Returns what the text says in JSON; None if it is none, or nested too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _message(given: Mapping[str, Any]) -> dict[str, Any]:
    content = given.get("content")
    if isinstance(content, list):
        content = "".join(_texts(content))
    if not content:
        content = next(_arguments(given.get("tool_calls")), "")
    refusal = given.get("refusal")
    message = {"role": "assistant", "content": content if isinstance(content, str) else ""}
    return message | ({"refusal": refusal} if isinstance(refusal, str) and refusal else {})


def _texts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"}:
            yield str(part.get("text") or "")


def _arguments(calls: Any) -> Iterator[str]:
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            arguments = function.get("arguments")
            yield arguments if isinstance(arguments, str) else json.dumps(arguments)


def _usage(given: Any, message: Mapping[str, Any]) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        return None
    read: object = given.get("prompt_tokens")
    written: object = given.get("completion_tokens")
    if not (_is_count(read) and _is_count(written)):
        return None
    details = given.get("completion_tokens_details")
    thought = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if not _is_count(thought):
        thoughts = [str(message[name]) for name in _THOUGHTS if message.get(name)]
        thought = min(estimate_tokens(thoughts[0]), written) if thoughts else 0
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "completion_tokens_details": {"reasoning_tokens": thought},
    }


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS


def piece_of(line: str) -> str:
    """Returns what a line of a stream adds to the answer."""
    return "".join(_content(choice) for choice in _choices(_chunk(line)))


def error_in_stream(text: str) -> str:
    """Returns the JSON that tells of a failure in the middle of a stream; "" if none does."""
    chunks = map(_chunk, text.splitlines() if _STREAM.match(text) else ())
    return next((json.dumps(chunk) for chunk in chunks if chunk.get("error")), "")


def _chunk(line: str) -> dict[str, Any]:
    chunk = json_or_none(line.removeprefix("data:")) if line.startswith("data:") else None
    return chunk if isinstance(chunk, dict) else {}


def _choices(chunk: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = chunk.get("choices")
    return [one for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []


def _content(choice: Mapping[str, Any]) -> str:
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else ""
    if isinstance(content, list):
        return "".join(_texts(content))
    return content if isinstance(content, str) else ""


def _joined(text: str) -> dict[str, Any]:
    """Returns a streamed answer as if it had not been streamed."""
    content = ""
    body: dict[str, Any] = {}
    finish: Any = None
    for chunk in map(_chunk, text.splitlines()):
        body = body | {name: value for name, value in chunk.items() if value}
        for choice in _choices(chunk):
            content += _content(choice)
            finish = choice.get("finish_reason") or finish
    choice = {"message": {"content": content}, "finish_reason": finish}
    return body | {"choices": [choice] if content or finish else []}
