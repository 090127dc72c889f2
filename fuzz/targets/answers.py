"""A language model's answer: a value that fits and can be stored, or words to the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from engine.lessons.llm.clean import plain_line, plain_markdown
from engine.lessons.llm.schemas import CourseOutline, WrittenTopic
from engine.llm.answers import WrongAnswerError, parse_answer
from engine.questions.llm.schemas import QuizPlan, WrittenFillIn, WrittenMatching, WrittenSingle
from fuzz.inputs import composed, edited, spoiled_json
from fuzz.targets import Target

SCHEMAS: tuple[type[BaseModel], ...] = (
    *(CourseOutline, WrittenTopic, QuizPlan),
    *(WrittenSingle, WrittenMatching, WrittenFillIn),
)
LONGEST_COMPLAINT = 20_000
TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"```json\n", b"```", b"null", b"NaN", b"1e999"),
    *(b"\\u0000", b"\\ud800", b"\\", b"\n", b"-", b"9" * 5000, b'{"modules":', b'{"questions":'),
    *(b'"title"', b'"sections"', b"![", b"](", b"<a href=", b"\xff", b"{}", b'{"a":'),
]


def check(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for schema in SCHEMAS:
        try:
            value = parse_answer(text, schema)
        except WrongAnswerError as error:
            assert 0 < len(str(error)) < LONGEST_COMPLAINT, len(str(error))
            str(error).encode()
        else:
            for words in _texts(value.model_dump()):
                _check_clean(words)
    _check_clean(text[:20_000])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _check_clean(words: str) -> None:
    for cleaned in (plain_line(words), plain_markdown(words)):
        cleaned.encode()
        assert "\0" not in cleaned
    assert "\n" not in plain_line(words)


TARGET = Target(
    check=check,
    inputs=lambda seeds: edited(seeds, TOKENS) | spoiled_json(seeds) | composed(TOKENS),
)
