"""Counts the numbered paragraphs of Word files, and writes their numbers as Word does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.reading.formats.archive import attribute, child, children, number

# Numbers of clauses, such as "4.2" and "Article 3", belong to their text.
CLAUSE = re.compile(r"\(?\d+(?:\.\d+)+\.?\)?$|[^\W\d_]{3,}\.? ")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MAX_ROMAN, MAX_MARKER = 4000, 40
_PLACE = re.compile(r"%(\d)")


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered; "%1.%2" in `text` stands for the numbers of levels."""

    kind: str = "bullet"
    start: int = 1
    text: str = ""
    plain: bool = False  # numbers of all levels in digits


class Numbering:
    """Knows the marker of each numbered paragraph. `linked` are the lists of styles."""

    def __init__(self, root: etree._Element | None, linked: Mapping[str, str]) -> None:
        shapes = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
        numbers = {attribute(one, "numId"): one for one in children(root, "num")}
        self._lists: dict[str, str] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for name, one in numbers.items():
            shape = attribute(child(one, "abstractNumId"), "val")
            style = attribute(child(shapes.get(shape), "numStyleLink"), "val")
            if style and (other := numbers.get(linked.get(style, ""))) is not None:
                shape = attribute(child(other, "abstractNumId"), "val")
            self._lists[name] = shape
            self._levels[name] = _levels(shapes.get(shape))
            self._restarts[name] = {}
            for change in children(one, "lvlOverride"):
                depth = number(attribute(change, "ilvl"))
                self._levels[name] |= _levels(change)
                if (start := child(change, "startOverride")) is not None:
                    self._restarts[name][depth] = number(attribute(start, "val"), 1)

    def marker(self, numbering: str, depth: int) -> str:
        """Returns "-", "3.", "(b)" or "4.2"; "" where the paragraph is in no list."""
        if numbering == "0" or numbering not in self._levels:
            return ""
        level = self._levels[numbering].get(depth, _Level())
        if level.kind == "none":
            return ""
        if level.kind == "bullet":
            return "-"
        # Lists of the same shape go on counting, unless one says where it starts.
        counts = self._counts.setdefault(self._lists[numbering], {})
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]
        restart = self._restarts[numbering].pop(depth, None)
        if restart is not None:
            counts[depth] = restart
        else:
            counts[depth] = counts.get(depth, level.start - 1) + 1
        return self._written(numbering, level, depth, counts)

    def _written(self, numbering: str, level: _Level, depth: int, counts: Mapping[int, int]) -> str:
        def shown(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            other = self._levels[numbering].get(at, _Level("decimal"))
            return numeral(counts.get(at, other.start), "decimal" if level.plain else other.kind)

        text = level.text if _PLACE.search(level.text) else f"%{depth + 1}."
        return " ".join(_PLACE.sub(shown, text).split())[:MAX_MARKER]


def _levels(root: etree._Element | None) -> dict[int, _Level]:
    return {
        number(attribute(level, "ilvl")): _Level(
            attribute(child(level, "numFmt"), "val", "decimal"),
            number(attribute(child(level, "start"), "val"), 1),
            attribute(child(level, "lvlText"), "val"),
            child(level, "isLgl") is not None,
        )
        for level in children(root, "lvl")
    }


def numeral(value: int, kind: str) -> str:
    """Returns a number as Word writes one of this kind, such as "lowerRoman"."""
    if kind in ("lowerLetter", "upperLetter") and value > 0:
        # After "z" comes "aa", then "bb".
        times, at = divmod(value - 1, len(_ALPHABET))
        letters = _ALPHABET[at] * (min(times, 4) + 1)
        return letters if kind == "lowerLetter" else letters.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < value < MAX_ROMAN:
        roman = ""
        for worth, letters in _ROMAN:
            count, value = divmod(value, worth)
            roman += letters * count
        return roman if kind == "lowerRoman" else roman.upper()
    return str(value)
