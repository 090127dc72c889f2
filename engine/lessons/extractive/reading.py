"""Cuts passages into sentences, lists, tables and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.language.sentences import sentence_spans
from engine.lessons.schemas import SourcePassage
from engine.reading.document import PassageKind

_BULLET = re.compile(
    r"^[ \t]*(?:[\u2022\u2023\u25aa\u25cf\u25e6\u2043\u2219\u00b7*]|[-\u2013\u2014](?=\s)"
    r"|\(?(?:\d{1,2}|[a-z])[.)](?=\s))[ \t]*"
)
_NUMBER = re.compile(r"(?:\(?\d{1,3}[.)]|\d{1,2}(?:\.\d{1,3})+\.?)\s+(?=[^\W\d_])")
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`start` and `end` are offsets into the passage's text; `order` counts through the topic."""

    passage: SourcePassage
    start: int
    end: int
    opens: bool
    order: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.passage.text[self.start : self.end].split())


@dataclass(frozen=True, slots=True)
class Block:
    """A list, table or code, from `start` to `end` of its passage; only lists have `items`."""

    passage: SourcePassage
    kind: PassageKind
    start: int
    end: int
    items: tuple[tuple[int, int], ...] = ()
    order: int = 0

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


Piece = Sentence | Block


def read(passages: Sequence[SourcePassage], language: str) -> list[Piece]:
    pieces = [piece for passage in passages for piece in _pieces(passage, language)]
    return [replace(piece, order=order) for order, piece in enumerate(pieces)]


def _pieces(passage: SourcePassage, language: str) -> Iterator[Piece]:
    if passage.kind in (PassageKind.TABLE, PassageKind.CODE):
        yield Block(passage, passage.kind, 0, len(passage.text))
        return
    opens = True
    for first, end in paragraphs(passage.text):
        items = list_items(passage, first, end)
        # The number of a paragraph or clause is no part of its first sentence.
        number = _NUMBER.match(passage.text, first, end) if len(items) <= 1 else None
        start = number.end() if number else first
        prose_end = items[0][0] if len(items) > 1 else end
        for begin, stop in sentence_spans(passage.text[start:prose_end], language):
            yield Sentence(passage, start + begin, start + stop, opens=opens)
            opens = False
        if len(items) > 1:
            yield Block(passage, PassageKind.LIST, items[0][0], end, tuple(items))


def without_number(text: str) -> str:
    """Returns a paragraph without the number that it begins with."""
    return _NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for found in _BLANK.finditer(text):
        if text[position : found.start()].strip():
            yield position, found.start()
        position = found.end()
    if text[position:].strip():
        yield position, len(text)


def list_items(passage: SourcePassage, start: int, end: int) -> list[tuple[int, int]]:
    """Returns the items of a list with their markers; other lines continue the item before."""
    text = passage.text
    items: list[tuple[int, int]] = []
    position = start
    for line in text[start:end].splitlines(keepends=True):
        stop = position + len(line)
        if _BULLET.match(line) and line.strip():
            items.append((position, stop))
        elif items:
            items[-1] = (items[-1][0], stop)
        position = stop
    return items


def without_bullet(item: str) -> str:
    return _BULLET.sub("", item, count=1).strip()
