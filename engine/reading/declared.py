"""Finds headings in documents whose author used none: short bold, large or capital paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.reading.formats.elements import Element, ElementKind
from engine.reading.runs import grouped

DECLARED = 2
LARGER = 1.1
MAX_LENGTH, MAX_WORDS, MIN_LETTERS = 100, 12, 3
MAX_SHARE = 0.4  # of the paragraphs: where so many are bold, bold is the text
MAX_RUN = 2  # headings without text between them
MAX_LEVELS = 3
_ENDS = (".", ",", ";", "!", ".)")
_MARKER = re.compile(r"^(?:-|\(?\d{1,3}[.)]|\(?[a-z][.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+")
_TEXT = (ElementKind.PARAGRAPH, ElementKind.ITEM)


def with_headings(elements: Sequence[Element]) -> list[Element]:
    """Returns the elements, with headings by their looks if hardly any are declared."""
    declared = [one for one in elements if one.kind is ElementKind.HEADING]
    if len(declared) >= DECLARED:
        return list(elements)
    body = _body(elements)
    found = [at for at, one in enumerate(elements) if _stands_out(one, body)]
    # Text comes after a heading, before more of them than may stand below one.
    runs = grouped(found, lambda run, at: at == run[-1] + 1)
    last = len(elements) - 1
    found = [at for run in runs if len(run) <= MAX_RUN and run[-1] < last for at in run]
    paragraphs = sum(one.kind in _TEXT for one in elements)
    if not found or len(found) > MAX_SHARE * paragraphs:
        return list(elements)
    # A large line before its own kind is no list item, however it is numbered.
    looks = sorted({_look(elements[at], body) for at in found}, reverse=True)
    levels = {look: min(at, MAX_LEVELS) for at, look in enumerate(looks, start=1 + len(declared))}
    places = set(found)
    return [
        replace(
            one,
            kind=ElementKind.HEADING,
            text=_MARKER.sub("", one.text).rstrip(": "),
            level=levels[_look(one, body)],
        )
        if at in places
        else one
        for at, one in enumerate(elements)
    ]


@dataclass(frozen=True, slots=True)
class _Body:
    """How most of the text looks."""

    size: float
    bold: bool
    capitals: bool


def _body(elements: Sequence[Element]) -> _Body:
    texts = [one for one in elements if one.kind in _TEXT]
    sizes = Counter[float]()
    for one in texts:
        sizes[one.size] += len(one.text)
    half = sum(len(one.text) for one in texts) / 2
    bold, capitals = (
        sum(len(one.text) for one in texts if getattr(one, look)) > half
        for look in ("bold", "capitals")
    )
    return _Body(sizes.most_common(1)[0][0] if sizes else 0.0, bold, capitals)


def _look(element: Element, body: _Body) -> tuple[float, bool, bool]:
    size = element.size if body.size and element.size > LARGER * body.size else 0.0
    return size, element.capitals and not body.capitals, element.bold and not body.bold


def _stands_out(element: Element, body: _Body) -> bool:
    text = element.text
    if element.kind not in _TEXT or element.part or len(text) > MAX_LENGTH:
        return False
    if text.endswith(_ENDS) or len(text.split()) > MAX_WORDS:
        return False
    if sum(map(str.isalpha, text)) < MIN_LETTERS:
        return False
    return _look(element, body) != (0.0, False, False)
