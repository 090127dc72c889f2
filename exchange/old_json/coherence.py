"""Checks what a JSON Schema cannot: references lead somewhere, and keys are unique."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from engine.questions.formats import read_body
from engine.questions.question_text import choice_key

Problem = tuple[str, str]


def incoherence_of(data: dict[str, Any]) -> Problem | None:
    """Returns the first place where parts of an export do not fit each other, and how; None if all
    do."""
    return next(chain(_dangling(data), _twins(data), _wrong_values(data)), None)


def _dangling(data: dict[str, Any]) -> Iterator[Problem]:
    """References to passages and topics that do not exist."""
    passages = sum(len(document["passages"]) for document in data["documents"])
    topics = [one for module in data["modules"] for one in module["topics"]]
    places = {
        (module["week"], one["position"]) for module in data["modules"] for one in module["topics"]
    }
    questions = [one for _, quiz in _quizzes(data) for one in quiz["questions"]]
    named = chain(
        (number for one in topics for number in one["sources"]),
        (number for one in topics for number in one.get("supplements", ())),
        (part["passage"] for one in topics for part in one["citations"] + one["key_terms"]),
        (one["passage"] for one in questions if one["passage"] is not None),
    )
    for n, document in enumerate(data["documents"]):
        known = {passage["position"] for passage in document["passages"]}
        for m, figure in enumerate(document.get("figures", [])):
            if not known.issuperset(figure["passages"]):
                yield f"documents[{n}], figures[{m}]", "It names a passage that is not there."
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
            # As the table of choices compares them; no other list here has texts as keys.
            value = choice_key(part[name]) if name == "text" else part[name]
            if value in seen:
                yield place, f"\u201c{name}\u201d {str(part[name])[:40]} is there twice."
            seen.add(value)


def _lists(data: dict[str, Any]) -> Iterator[tuple[str, Sequence[dict[str, Any]], str]]:
    """Lists of the file, each with the key that must be unique in it."""
    yield "documents", data["documents"], "position"
    yield "documents", data["documents"], "sha256"
    for n, document in enumerate(data["documents"]):
        yield f"documents[{n}]", document["passages"], "position"
        yield f"documents[{n}]", document.get("figures", []), "position"
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


def _wrong_documents(data: dict[str, Any]) -> Iterator[Problem]:
    for n, document in enumerate(data["documents"]):
        for m, one in enumerate(document["passages"]):
            if one["page_to"] < one["page_from"]:
                yield f"documents[{n}], passages[{m}]", "It ends on a page before its first."
        for m, figure in enumerate(document.get("figures", [])):
            if figure["picture"] and not _is_webp(figure["picture"]):
                yield f"documents[{n}], figures[{m}]", "Its picture is no WebP file in Base64."


def _is_webp(picture: str) -> bool:
    try:
        content = b64decode(picture, validate=True)
    except ValueError:
        return False
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _wrong_values(data: dict[str, Any]) -> Iterator[Problem]:
    for place, quiz in _quizzes(data):
        for n, question in enumerate(quiz["questions"]):
            if problem := _body_problem(question):
                yield f"{place}, questions[{n}]", problem
    yield from _wrong_documents(data)
    if _is_endless(data):
        yield "", "NaN and Infinity are not numbers of JSON."


def _body_problem(question: dict[str, Any]) -> str:
    """Returns how a question's body cannot be asked; "" if it can, or if there is none."""
    if "body" not in question:
        return ""
    try:
        body = read_body(question["body"])
    except ValueError as error:
        return f"Its body cannot be asked: {error}"
    return "" if body.format == question["format"] else "Its body is of another format."


def _is_endless(value: Any) -> bool:
    """Whether a number is NaN or infinite, which Python's reader accepts and the database not."""
    if isinstance(value, dict):
        return any(map(_is_endless, value.values()))
    if isinstance(value, list):
        return any(map(_is_endless, value))
    return isinstance(value, float) and not math.isfinite(value)
