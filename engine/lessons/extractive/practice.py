"""The exercises and review questions that a document itself gives, as lines of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from engine.lessons.extractive.markdown import escape
from engine.lessons.extractive.reading import list_items, paragraphs, without_bullet, without_number
from engine.lessons.schemas import SourcePassage
from engine.reading.document import PassageKind

MAX_EXERCISES = 12
MAX_CHOICES = 8
# What a list of choices follows: a question, a gap, or a sentence that is not ended.
_ASKS = re.compile(r"_{2,}|[?:\u2026]\W*$|[^.!]$")
_LETTER = re.compile(r"\s*\(?[A-Za-z][.)]\s")


def practice_markdown(
    passages: Sequence[SourcePassage],
    cite: Callable[[SourcePassage], str],
    left_out: Sequence[tuple[int, int, int]] = (),
) -> str:
    """Returns a numbered list of the exercises, MAX_EXERCISES at most; "" if there are none.

    Choices stand below their question. `cite` returns the marker of a passage; it stands behind
    the last question of each. `left_out` are places of passages that are not shown.
    """
    lines: list[str] = []
    number = 0
    for passage in passages:
        found = _exercises(_without(passage, left_out))[: MAX_EXERCISES - number]
        for at, one in enumerate(found, start=1):
            number += 1
            mark = cite(passage) if at == len(found) else ""
            lines.append(f"{number}. {escape(one.question)}{mark}")
            lines += [f"    - {escape(choice)}" for choice in one.choices]
    return "\n".join(lines)


def _without(passage: SourcePassage, places: Sequence[tuple[int, int, int]]) -> SourcePassage:
    text = passage.text
    for _, start, end in sorted((one for one in places if one[0] == passage.id), reverse=True):
        text = f"{text[:start]}\n\n{text[end:]}"
    return replace(passage, text=text)


@dataclass(slots=True)
class _Exercise:
    question: str
    choices: list[str] = field(default_factory=list)


def _exercises(passage: SourcePassage) -> list[_Exercise]:
    found: list[_Exercise] = []
    if passage.kind in (PassageKind.TABLE, PassageKind.CODE):
        return found
    text = passage.text
    for start, end in paragraphs(text):
        spans = list_items(passage, start, end)
        items = [text[begin:stop] for begin, stop in spans] if len(spans) > 1 else []
        lead = " ".join(text[start : spans[0][0] if items else end].split())
        if lead:
            found.append(_Exercise(without_number(lead)))
        if _are_choices(found, items):
            found[-1].choices = [_line(item) for item in items]
            continue
        for item in items:
            # "1. ... a) ... b) ...": letters are choices of the one above.
            if _LETTER.match(item) and found:
                found[-1].choices.append(_line(item))
            elif _line(item):
                found.append(_Exercise(_line(item)))
    return found


def _are_choices(before: Sequence[_Exercise], items: Sequence[str]) -> bool:
    """Whether a list of one kind of marker answers what stands above it."""
    if not before or before[-1].choices or not 1 < len(items) <= MAX_CHOICES:
        return False
    lettered = [bool(_LETTER.match(item)) for item in items]
    return bool(_ASKS.search(before[-1].question)) and len(set(lettered)) == 1


def _line(item: str) -> str:
    return without_bullet(" ".join(item.split()))
