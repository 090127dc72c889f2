"""A response beside the right answer, as people read them after a quiz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.questions.formats import (
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Ordering,
    SingleChoice,
    TrueFalse,
)

NONE = "\u2013"


@dataclass(frozen=True, slots=True)
class ReviewedChoice:
    text: str
    is_right: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """One entry of a matching, one place of an order, or one blank."""

    label: str
    given: str
    right: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Review:
    """Of one of three kinds: `choices`, or `rows` under a `heading`, or what was typed (`given`)
    and what is `accepted`. `text` is the sentence whose blanks the rows are."""

    choices: tuple[ReviewedChoice, ...] = ()
    heading: str = ""
    rows: tuple[ReviewedRow, ...] = ()
    text: str = ""
    given: str = ""
    accepted: tuple[str, ...] = ()


def review(body: Body, response: Any) -> Review:
    """Returns how `response` compares with the right answer; for None, the right answer alone."""
    match body:
        case SingleChoice() | MultipleAnswers() | TrueFalse():
            return Review(choices=_choices(body, response))
        case Matching() | Ordering() | FillIn():
            return _entries(body, response)
    given = "" if response is None else body.lines(response)[0]
    return Review(given=given, accepted=tuple(body.key_lines))


def _choices(
    body: SingleChoice | MultipleAnswers | TrueFalse, response: Any
) -> tuple[ReviewedChoice, ...]:
    """Returns the choices as they were shown; True stands before False."""
    texts: tuple[str, ...] = ("True", "False")
    if isinstance(body, TrueFalse):
        right = [int(not body.correct)]
        taken = [] if response is None else [int(not response)]
    elif isinstance(body, MultipleAnswers):
        texts, right, taken = body.choices, body.key, response or []
    else:
        texts, right, taken = body.choices, [body.correct], [response]
    return tuple(
        ReviewedChoice(text, is_right=index in right, is_taken=index in taken)
        for index, text in enumerate(texts)
    )


def _entries(body: Matching | Ordering | FillIn, response: Any) -> Review:
    match body:
        case Matching():
            rows = _rows(body.left, [body.right] * len(body.left), response, body.key)
            return Review(heading="Entry", rows=rows)
        case Ordering():
            places = [str(place) for place in range(1, len(body.items) + 1)]
            rows = _rows(places, [body.items] * len(places), response, body.key)
            return Review(heading="Place", rows=rows)
    blanks = [str(number) for number in range(1, len(body.options) + 1)]
    text = "".join(f"[{one}]" if isinstance(one, int) else one for one in body.pieces)
    rows = _rows(blanks, body.options, response, body.key)
    return Review(heading="Blank", rows=rows, text=text)


def _rows(
    labels: Sequence[str], offered: Sequence[Sequence[str]], response: Any, key: Sequence[int]
) -> tuple[ReviewedRow, ...]:
    given = response or [None] * len(key)
    return tuple(
        ReviewedRow(
            label=label,
            given=NONE if one is None else texts[one],
            right=texts[right],
            is_right=one == right,
        )
        for label, texts, one, right in zip(labels, offered, given, key, strict=True)
    )
