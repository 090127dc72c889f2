"""The claims of a written lesson: its sentences, tables' rows and key terms, with verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.lessons.blocks import ANSWERED, BlockKind, LessonBlock, claimed, lesson_blocks
from engine.lessons.claims.check import Checker
from engine.lessons.claims.reading import table_rows
from engine.lessons.schemas import ClaimDraft, ClaimPlace
from engine.lessons.statements import statements

_MARKER = re.compile(r"\[\^(\d{1,4})\]")
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
_ROW = re.compile(r"^\s*\|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a lesson says, before it is checked. `citations` count from 1.

    `before` is the sentence or the question that it follows: "It is O positive." says nothing
    without it.
    """

    place: ClaimPlace
    text: str
    citations: tuple[int, ...]
    before: str = ""


def lesson_claims(
    content: str,
    terms: Sequence[tuple[str, str]],
    cited: Sequence[str],
    *,
    language: str,
    source_language: str = "",
) -> list[ClaimDraft]:
    """Returns the claims of Markdown in which `[^n]` refers to the nth cited passage's text.

    A sentence is compared with the passages it cites, with all of them if it cites none, and so
    is a term with its definition. Takes some 10 ms a sentence of lesson and passages.
    """
    said = lesson_says(content, terms, language)
    texts = list(dict.fromkeys(cited))
    checker = Checker(texts, language, source_language)
    own = [[texts.index(cited[n - 1]) for n in one.citations if n <= len(cited)] for one in said]
    return [
        ClaimDraft(
            place=one.place,
            text=one.text,
            citations=one.citations,
            verdict=check.verdict,
            evidence=check.evidence,
            reason=check.reason,
            doubt=check.doubt,
        )
        for one, check in zip(said, checker.check([one.text for one in said], own), strict=True)
    ]


def lesson_says(content: str, terms: Sequence[tuple[str, str]], language: str) -> list[Said]:
    """Returns the same claims, not checked: quick, and no dictionaries are loaded."""
    said = [one for block in lesson_blocks(content) for one in _sentences(block, language)]
    rows = [one for block in lesson_blocks(content) for one in _rows(block)]
    return [*said, *rows, *_terms(terms)]


def _sentences(block: LessonBlock, language: str) -> Iterator[Said]:
    is_summary = block.kind is BlockKind.SUMMARY
    place = ClaimPlace.SUMMARY if is_summary else ClaimPlace.SENTENCE
    before = " ".join(block.text.split()) if block.kind in ANSWERED and block.answer else ""
    for one in statements(claimed(block), language):
        if not one.text.endswith(_QUESTION_MARKS):
            yield Said(place, one.text, one.citations, before)
        before = one.text


def _rows(block: LessonBlock) -> Iterator[Said]:
    """Yields the rows of tables; its markers stand in it, alone below it or in its caption."""
    parts = re.split(r"\n[ \t]*\n", claimed(block))
    for number, part in enumerate(parts):
        if not _ROW.search(part):
            continue
        following = parts[number + 1] if number + 1 < len(parts) else ""
        words = _MARKER.sub("", following).strip()
        # Its caption is in italics.
        below = following if not words or (words.startswith("*") and words.endswith("*")) else ""
        marks = tuple(int(n) for n in _MARKER.findall(part) or _MARKER.findall(below))
        for text in table_rows(_MARKER.sub("", part)):
            yield Said(ClaimPlace.CELL, text, marks)


def _terms(terms: Sequence[tuple[str, str]]) -> Iterator[Said]:
    for term, definition in terms:
        # "A weir is ..." names the term; "A low dam" does not.
        named = term.casefold() in definition.casefold()
        yield Said(ClaimPlace.TERM, definition if named else f"{term}: {definition}", ())
