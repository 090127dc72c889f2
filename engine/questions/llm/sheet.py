"""A question as the critic gets it to solve, without the right answer, and how it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from engine.questions.formats import (
    FillIn,
    Matching,
    MultipleAnswers,
    Numeric,
    Ordering,
    ResponseError,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from engine.questions.item_checks import right_texts
from engine.questions.question_text import choice_key
from engine.questions.schemas import QuestionDraft

HOW = """\
How to answer in `answers`, an entry for each: single, multiple: the letters of the choices, such \
as ["A", "C"]. true_false: "true" or "false". numeric: the number. short: the words. ordering: all \
letters from first to last. matching and fill_in: a number and a letter for each, such as ["1B", \
"2A"]. Write nothing else in it."""

_LETTER = re.compile(r"\W*([A-Za-z])(?:\W|$)")
# Models also write all letters into one entry: "A, C and F".
_LETTERS = re.compile(r"\W*[A-Za-z](?:\W+(?:and\W+)?[A-Za-z])+\W*")
_PAIR = re.compile(r"\W*(\d+)\W*([A-Za-z])(?:\W|$)")
_NUMBER = re.compile(r"[-\u2212]?\d[\d., \u00a0']*(?:[eE][-+]?\d+)?")


def shown(question: QuestionDraft) -> str:
    """Returns the question with its choices under letters, in the order learners see them."""
    body = question.body
    parts = [f"({question.format}) {question.stem}"]
    match body:
        case None:
            parts += _lettered(question.choices)
        case SingleChoice() | MultipleAnswers():
            parts += _lettered(body.choices)
        case Ordering():
            parts += _lettered(body.items)
        case Matching():
            parts += [f"{number}. {text}" for number, text in enumerate(body.left, start=1)]
            parts += _lettered(body.right)
        case FillIn():
            parts.append(body.text)
            for number, options in enumerate(body.options, start=1):
                parts.append(f"Blank {number}: {'; '.join(_lettered(options))}")
        case Numeric() if body.unit:
            parts.append(f"Answer in: {body.unit}")
    return "\n".join(parts)


def _lettered(texts: Sequence[str]) -> list[str]:
    return [f"{letter}. {text}" for letter, text in zip(ascii_uppercase, texts, strict=False)]


def key(question: QuestionDraft) -> tuple[str, ...]:
    """Returns the right answer in the form in which the critic gives its answers."""
    body = question.body
    if isinstance(body, Matching | FillIn):
        indexes = body.pairs if isinstance(body, Matching) else body.correct
        return tuple(f"{n}{ascii_uppercase[index]}" for n, index in enumerate(indexes, start=1))
    if isinstance(body, Numeric | ShortAnswer | TrueFalse):
        return right_texts(question)[:1]
    if body is None:
        places: Sequence[int] = (question.correct,)
    elif isinstance(body, SingleChoice):
        places = (body.correct,)
    else:
        places = body.order if isinstance(body, Ordering) else sorted(body.correct)
    return tuple(ascii_uppercase[place] for place in places)


def in_words(question: QuestionDraft, answers: Sequence[str]) -> str:
    """Returns an answer for staff: the texts of letters, whatever else as it is."""
    texts = question.choices
    if isinstance(question.body, SingleChoice | MultipleAnswers):
        texts = question.body.choices
    elif isinstance(question.body, Ordering):
        texts = question.body.items
    by_letter = dict(zip(ascii_uppercase, texts, strict=False))
    return ", ".join(by_letter.get(answer, answer) for answer in answers)


def read(question: QuestionDraft, answers: Sequence[str]) -> tuple[str, ...]:
    """Returns a reader's answers in the words of `key`; what fits nothing is left out."""
    body = question.body
    if isinstance(body, Numeric | ShortAnswer | TrueFalse):
        found = [_typed(body, answer) for answer in answers]
    elif isinstance(body, Matching | FillIn):
        found = [
            f"{match[1]}{match[2].upper()}"
            for answer in answers
            for match in _PAIR.finditer(answer)
        ]
    else:
        texts = question.choices
        if body is not None:
            texts = body.items if isinstance(body, Ordering) else body.choices
        found = [letter for answer in answers for letter in _letters(answer, texts)]
    return tuple(dict.fromkeys(filter(None, found)))


def _letters(answer: str, texts: Sequence[str]) -> list[str]:
    for letter, text in zip(ascii_uppercase, texts, strict=False):
        if choice_key(answer) == choice_key(text):
            return [letter]
    if _LETTERS.fullmatch(answer):
        found = re.findall(r"\b[A-Za-z]\b", answer)
    else:
        match = _LETTER.match(answer)
        found = [match[1]] if match else []
    return [one.upper() for one in found if one.upper() in ascii_uppercase[: len(texts)]]


def _typed(body: Numeric | ShortAnswer | TrueFalse, answer: str) -> str:
    """Returns the key's own words for an answer that is right, else the answer."""
    text = answer.strip()
    try:
        if isinstance(body, TrueFalse):
            word = text.casefold().strip(".!\"'")
            return word if word in {"true", "false"} else ""
        if isinstance(body, Numeric):
            number = _NUMBER.search(text)
            right = number is not None and body.score(number[0].strip()) == 1
            return f"{body.answer} {body.unit}".strip() if right else text
        return body.accepted[0] if body.score(text) == 1 else text
    except ResponseError:
        return text
