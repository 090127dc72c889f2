"""What the schema of an exported course cannot say: what is named is there, and once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

Problem = tuple[str, str]


def incoherence_of(data: dict[str, Any]) -> Problem | None:
    """Where the parts of an export that fits the schema do not fit each other, and how."""
    return next(chain(_dangling(data), _twins(data), _wrong_values(data)), None)


def _dangling(data: dict[str, Any]) -> Iterator[Problem]:
    """A passage or a topic that is named, but not there."""
    passages = sum(len(document["passages"]) for document in data["documents"])
    topics = [one for module in data["modules"] for one in module["topics"]]
    places = {
        (module["week"], one["position"]) for module in data["modules"] for one in module["topics"]
    }
    questions = [one for _, quiz in _quizzes(data) for one in quiz["questions"]]
    named = chain(
        (number for one in topics for number in one["sources"]),
        (part["passage"] for one in topics for part in one["citations"] + one["key_terms"]),
        (one["passage"] for one in questions if one["passage"] is not None),
    )
    for number in named:
        if number >= passages:
            yield "documents", f"Passage {number} is named, but there are only {passages}."
    for one in questions:
        if one["topic"] is not None and tuple(one["topic"]) not in places:
            yield "modules", f"Topic {one['topic']} is named, but it is not there."


def _quizzes(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    modules = [(f"modules[{n}], quiz", one["quiz"]) for n, one in enumerate(data["modules"])]
    for place, quiz in [*modules, ("final_quiz", data["final_quiz"])]:
        if quiz is not None:
            yield place, quiz


def _twins(data: dict[str, Any]) -> Iterator[Problem]:
    for place, parts, name in _lists(data):
        seen: set[Any] = set()
        for part in parts:
            if part[name] in seen:
                yield place, f"\u201c{name}\u201d {str(part[name])[:40]} is there twice."
            seen.add(part[name])


def _lists(data: dict[str, Any]) -> Iterator[tuple[str, Sequence[dict[str, Any]], str]]:
    """Lists, and what tells their parts from each other."""
    yield "documents", data["documents"], "position"
    yield "documents", data["documents"], "sha256"
    for n, document in enumerate(data["documents"]):
        yield f"documents[{n}]", document["passages"], "position"
    yield "modules", data["modules"], "week"
    for n, module in enumerate(data["modules"]):
        yield f"modules[{n}]", module["topics"], "position"
        for m, topic in enumerate(module["topics"]):
            yield f"modules[{n}], topics[{m}]", topic["citations"], "position"
            yield f"modules[{n}], topics[{m}]", topic["key_terms"], "term"
    for place, quiz in _quizzes(data):
        yield place, quiz["questions"], "position"
        for n, question in enumerate(quiz["questions"]):
            yield f"{place}, questions[{n}]", question["choices"], "position"
            yield f"{place}, questions[{n}]", question["choices"], "text"


def _wrong_values(data: dict[str, Any]) -> Iterator[Problem]:
    for n, document in enumerate(data["documents"]):
        for m, one in enumerate(document["passages"]):
            if one["page_to"] < one["page_from"]:
                yield f"documents[{n}], passages[{m}]", "It ends on a page before its first."
    if _is_endless(data):
        yield "", "NaN and Infinity are no numbers of JSON."


def _is_endless(value: Any) -> bool:
    """Whether a number in it is not finite: Python's reader takes such, the database does not."""
    if isinstance(value, dict):
        return any(map(_is_endless, value.values()))
    if isinstance(value, list):
        return any(map(_is_endless, value))
    return isinstance(value, float) and not math.isfinite(value)
