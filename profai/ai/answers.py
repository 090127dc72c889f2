"""From the text of an answer to a value that fits a schema, or to words on what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from langchain_core.utils.json import parse_json_markdown
from pydantic import BaseModel, ValidationError

from profai.ai.prompting import Check

T = TypeVar("T", bound=BaseModel)

MOST_COMPLAINTS = 8
# A model that repeats itself may nest brackets deeper than any parser goes.
UNREADABLE = (ValueError, RecursionError)


class WrongAnswerError(Exception):
    """The words tell the model what to mend."""


def parse_answer(text: str, schema: type[T], check: Check[T] | None = None) -> T:
    """Raises WrongAnswerError. Prose or a fence around the JSON does no harm; JSON that was
    cut off is wrong, not completed."""
    try:
        value = schema.model_validate(_find_json(text))
    except ValidationError as error:
        raise WrongAnswerError(_complaints(_violations(error))) from error
    complaints = check(value) if check else ()
    if complaints:
        raise WrongAnswerError(_complaints(complaints))
    return value


def _find_json(text: str) -> Any:
    if not text.strip():
        raise WrongAnswerError("The answer is empty.")
    try:
        return parse_json_markdown(text, parser=_strict)
    except UNREADABLE:
        pass
    # The first object in a text of its own.
    start = text.find("{")
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, max(start, 0))
    except UNREADABLE as error:
        raise WrongAnswerError(
            "The answer is no complete JSON object. Answer with the JSON alone, to its end."
        ) from error
    return value


def _strict(text: str) -> Any:
    # Line breaks inside strings are common and harmless.
    return json.loads(text, strict=False)


def _violations(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _complaints(found: Sequence[str]) -> str:
    shown = list(found[:MOST_COMPLAINTS])
    if len(found) > MOST_COMPLAINTS:
        shown.append(f"and {len(found) - MOST_COMPLAINTS} more of the kind")
    return "; ".join(shown)
