"""Parses a model's answer into a value of a schema, or says what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.llm.prompting import Check

T = TypeVar("T", bound=BaseModel)

MAX_COMPLAINTS = 8
# Of lists and objects within each other; versions of Python limit that differently.
MAX_LEVELS = 100
# Braces that open no object, before no more is looked for: each costs time.
MAX_FALSE_STARTS = 1000
# Where models think aloud: by tags (DeepSeek, Qwen, Magistral, Kimi), or in a channel (gpt-oss).
_THOUGHTS = re.compile(
    r"<(?P<tag>think|thinking|thought|thoughts|reasoning|reflection)>.*?(?:</(?P=tag)>|\Z)"
    r"|\[THINK\].*?(?:\[/THINK\]|\Z)"
    r"|\u25c1think\u25b7.*?(?:\u25c1/think\u25b7|\Z)"
    r"|<\|channel\|>(?:analysis|commentary).*?(?=<\|channel\|>final|\Z)",
    re.S | re.I,
)
_END_OF_THOUGHTS = re.compile(
    r"</(?:think|thinking|thought|thoughts|reasoning|reflection)>|\[/THINK\]|\u25c1/think\u25b7",
    re.I,
)
_OBJECT = re.compile(r'\{(?=\s*["}])')
_DECODER = json.JSONDecoder(strict=False)  # line breaks inside strings are common and harmless
NO_OBJECT = "The answer is no complete JSON object."
JSON_ALONE = "Answer with the JSON alone, to its end."


class WrongAnswerError(Exception):
    """The message tells the model what is wrong and what to do; `fault` is what is wrong, for
    staff. `is_form`: the answer does not fit its schema."""

    def __init__(self, fault: str, instruction: str = "", *, is_form: bool = False) -> None:
        super().__init__(f"{fault} {instruction}".strip())
        self.fault = fault
        self.instruction = instruction
        self.is_form = is_form


def parse_answer(text: str, schema: type[T], check: Check[T] | None = None) -> T:
    """Returns the last object in `text` that fits the schema. Raises WrongAnswerError.

    Thoughts, prose or a code fence around the JSON are ignored; JSON that was cut off is wrong.
    """
    value = _last_that_fits(text, schema)
    complaints = check(value) if check else ()
    if complaints:
        raise WrongAnswerError(_complaints(complaints))
    return value


def without_thoughts(text: str) -> str:
    """Returns the text after the model's thoughts; the whole text if it shows none."""
    bare = text.lstrip("\ufeff \t\r\n")
    if bare.startswith("{"):
        try:
            _, end = _DECODER.raw_decode(bare)
        except (ValueError, RecursionError):
            pass
        else:
            # Tags within an answer are its own.
            if not _END_OF_THOUGHTS.search(bare[end:]):
                return text
    text = _THOUGHTS.sub("", text)
    ends = list(_END_OF_THOUGHTS.finditer(text))
    return text[ends[-1].end() :] if ends else text


def _last_that_fits(text: str, schema: type[T]) -> T:
    if not text.strip():
        raise WrongAnswerError("The answer is empty.")
    found = list(_objects(without_thoughts(text)))
    last: ValidationError | None = None
    for value in reversed(found):
        # An object within one that is none of ours: {"Topic": {…}}, {"arguments": {…}}.
        inner = [part for part in value.values() if isinstance(part, dict)]
        for one in (value, *inner) if len(inner) == 1 else (value,):
            try:
                return schema.model_validate(one)
            except ValidationError as error:
                last = last or error
    if last is None:
        raise WrongAnswerError(NO_OBJECT, JSON_ALONE, is_form=True)
    violations = [
        f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}"
        for one in last.errors(include_url=False, include_input=False, include_context=False)
    ]
    raise WrongAnswerError(_complaints(violations), is_form=True) from last


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yields all complete JSON objects. Raises WrongAnswerError if the last one is cut off."""
    text = _unquoted(text)
    at = false_starts = 0
    end = len(text.rstrip())
    while start := _OBJECT.search(text, at):
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            false_starts += 1
            is_cut_off = error.pos >= end or error.msg.startswith("Unterminated")
            if is_cut_off or false_starts > MAX_FALSE_STARTS:
                raise WrongAnswerError(NO_OBJECT, JSON_ALONE, is_form=True) from error
            at = start.end()
        except (ValueError, RecursionError) as error:
            # A number of thousands of digits, or brackets without end.
            raise WrongAnswerError(NO_OBJECT, JSON_ALONE, is_form=True) from error
        else:
            if not _is_within(MAX_LEVELS, value):
                raise WrongAnswerError("The answer is nested too deeply.", JSON_ALONE, is_form=True)
            yield value


def _is_within(levels: int, value: object) -> bool:
    """Whether lists and objects stand in each other in no more than `levels` levels."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_within(levels - 1, one) for one in inner)


def _unquoted(text: str) -> str:
    """Returns the content of the string if the whole answer is a JSON string."""
    stripped = text.strip().lstrip("\ufeff")
    if not stripped.startswith('"'):
        return text
    try:
        return str(json.loads(stripped, strict=False))
    except (ValueError, RecursionError):
        return text


def _complaints(found: Sequence[str]) -> str:
    shown = list(found[:MAX_COMPLAINTS])
    if len(found) > MAX_COMPLAINTS:
        shown.append(f"and {len(found) - MAX_COMPLAINTS} more of the kind")
    return "; ".join(shown)
