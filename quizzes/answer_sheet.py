"""Reads and makes the form in which a browser shows a quiz: the fields of each question.

A question has one field, whose name contains its position, or a field for each part: each left
entry of a matching, each item of an ordering, each blank. The form works without a script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from common.numbers import whole_number
from engine.questions.formats import (
    Body,
    FillIn,
    Matching,
    MultipleAnswers,
    Ordering,
    QuestionFormat,
    ResponseError,
    SingleChoice,
    TrueFalse,
)
from quizzes.models import Answer, Attempt

UNREADABLE = _lazy("The answer could not be read. Choose from the answers that are shown.")
MAX_DIGITS = 3  # of the index of a choice that a field sends


@dataclass(frozen=True, slots=True)
class Part:
    """One drop-down list of a question: for a left entry, for an item to be ordered, or a blank."""

    field: str
    label: str
    options: list[str]
    chosen: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the form shows it: the attempt's copy of it, without the right answer.

    `typed` is the text in a text field. `pieces` are the pieces of a sentence with blanks: its
    words, and a Part for each blank. `was` are the saved fields when the page was made.
    """

    answer: Answer
    position: int
    format: str
    field: str
    stem: str
    choices: list[str]
    chosen: list[int]
    parts: list[Part]
    pieces: list[str | Part]
    typed: str
    unit: str
    problem: str
    was: str


def field_name(position: int) -> str:
    return f"question-{position}"


def read_sheet(attempt: Attempt, data: QueryDict) -> tuple[dict[int, Any], dict[int, str]]:
    """Returns the responses by position, and the problems of those that do not fit.

    For questions whose positions are in the field `shown`, an empty or missing field means no
    answer. Other questions are read only if the form has a field of theirs. A response is not read
    if it is the same as in `was`, the saved response when the page was made: another device may
    have changed it since.
    """
    given: dict[int, Any] = {}
    problems: dict[int, str] = {}
    shown = set(data.getlist("shown"))
    for answer in attempt.answers.all():
        field, body = field_name(answer.position), answer.body
        sent = _sent(body, field, data)
        is_there = str(answer.position) in shown or any(
            name in data for name in _names(body, field)
        )
        if not is_there or data.get(f"{field}-was") == _spelled(sent):
            continue
        try:
            given[answer.position] = body.read(_read(body, field, data))
        except ResponseError as error:
            problems[answer.position] = _(str(error))
    return given, problems


def _sent(body: Body, field: str, data: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name in _names(body, field) for value in data.getlist(name) if value]


def _spelled(fields: list[tuple[str, str]]) -> str:
    return urlencode(sorted(fields))


def _names(body: Body, field: str) -> list[str]:
    if isinstance(body, Matching | Ordering | FillIn):
        return _part_names(body, field)
    return [field]


def saved_fields(answer: Answer) -> list[tuple[str, str]]:
    """Returns the fields and values with which a form shows the saved response of a question."""
    field, body, given = field_name(answer.position), answer.body, answer.given
    if given is None:
        return []
    match body:
        case MultipleAnswers():
            return [(field, str(index)) for index in given]
        case Matching() | FillIn():
            names = _part_names(body, field)
            pairs = zip(names, given, strict=True)
            return [(name, str(index)) for name, index in pairs if index is not None]
        case Ordering():
            names = _part_names(body, field)
            placed = enumerate(given)
            return [(names[item], str(place)) for place, item in placed if item is not None]
        case TrueFalse():
            return [(field, "0" if given else "1")]
        case _:
            return [(field, str(given))]


def _read(body: Body, field: str, data: QueryDict) -> Any:
    """Returns the response that the fields of a question contain. Raises ResponseError for values
    that our form cannot send.
    """
    match body:
        case MultipleAnswers():
            return [_index(value) for value in data.getlist(field)]
        case Matching() | FillIn():
            return [_index(data.get(name, "")) for name in _part_names(body, field)]
        case Ordering():
            return _order([_index(data.get(name, "")) for name in _part_names(body, field)])
        case TrueFalse():
            index = _index(data.get(field, ""))
            return None if index is None else index == 0
        case SingleChoice():
            return _index(data.get(field, ""))
        case _:
            return data.get(field, "")


def _part_names(body: Matching | Ordering | FillIn, field: str) -> list[str]:
    match body:
        case Matching():
            count = len(body.left)
        case Ordering():
            count = len(body.items)
        case FillIn():
            count = len(body.options)
    return [f"{field}-{number}" for number in range(1, count + 1)]


def _index(value: str) -> int | None:
    if not value:
        return None
    index = whole_number(value, MAX_DIGITS)
    if index is None:
        raise ResponseError(UNREADABLE)
    return index


def _order(places: list[int | None]) -> list[int | None]:
    """Returns the items in their order, from the place that was chosen for each item."""
    order: list[int | None] = [None] * len(places)
    for item, place in enumerate(places):
        if place is None:
            continue
        if place >= len(places):
            raise ResponseError(UNREADABLE)
        if order[place] is not None:
            raise ResponseError(
                _("Two items have place %(place)s. Give every item a place of its own.")
                % {"place": place + 1}
            )
        order[place] = item
    return order


def asked_form(
    answers: Iterable[Answer], data: QueryDict, problems: Mapping[int, str] | None = None
) -> list[Asked]:
    """Returns the questions for the form, with the saved responses. A question that has a problem
    gets the response that was sent in `data` instead.
    """
    return [_asked(answer, data, (problems or {}).get(answer.position, "")) for answer in answers]


def _asked(answer: Answer, data: QueryDict, problem: str) -> Asked:
    field, body = field_name(answer.position), answer.body
    shown = body.shown()
    is_statement = answer.format == QuestionFormat.TRUE_FALSE
    choices = [_("True"), _("False")] if is_statement else shown.get("choices", [])
    saved = saved_fields(answer)
    sent = _sent(body, field, data) if problem else saved
    values = dict(sent)
    parts = _parts(body, field, values)
    pieces = body.pieces if isinstance(body, FillIn) else []
    return Asked(
        answer=answer,
        position=answer.position,
        format=answer.format,
        field=field,
        stem=answer.asked["stem"],
        choices=choices,
        chosen=[index for index in range(len(choices)) if (field, str(index)) in sent],
        parts=parts,
        pieces=[parts[piece - 1] if isinstance(piece, int) else piece for piece in pieces],
        typed=values.get(field, ""),
        unit=shown.get("unit", ""),
        problem=problem,
        was=_spelled(saved),
    )


def _parts(body: Body, field: str, sent: Mapping[str, str]) -> list[Part]:
    match body:
        case Matching():
            labels, options = body.left, [body.right] * len(body.left)
        case Ordering():
            places = tuple(str(place) for place in range(1, len(body.items) + 1))
            labels, options = body.items, [places] * len(body.items)
        case FillIn():
            labels = tuple(
                _("Blank %(number)s") % {"number": number}
                for number in range(1, len(body.options) + 1)
            )
            options = list(body.options)
        case _:
            return []
    parts: list[Part] = []
    for name, label, offered in zip(_part_names(body, field), labels, options, strict=True):
        values = [str(index) for index in range(len(offered))]
        chosen = values.index(sent[name]) if sent.get(name) in values else None
        parts.append(Part(name, label, list(offered), chosen))
    return parts
