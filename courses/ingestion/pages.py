"""A page as the reader gives it: lines with their size, weight and place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any


@dataclass(slots=True)
class Line:
    """Points; y grows upwards, as in PDF. A line joined at a hyphen spans several rows."""

    text: str
    size: float
    bold: bool
    fixed: bool
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Table:
    """A ruled table: its box in points, y upwards, and its text as Markdown."""

    x0: float
    y0: float
    x1: float
    y1: float
    markdown: str


@dataclass(slots=True)
class Page:
    """`images` is the share of the page under pictures, `drawn` counts its objects; `ruled`
    hints at a table, `cut` says that the page holds more than was taken."""

    number: int
    width: float
    height: float
    images: float
    drawn: int
    ruled: bool
    lines: list[Line]
    tables: list[Table]
    cut: bool

    def has_letters(self, least: int = 1) -> bool:
        """Whether at least so many letters stand on the page; stops counting when they do."""
        letters = (c for line in self.lines for c in line.text if c.isalpha())
        return sum(1 for _ in islice(letters, least)) == least


@dataclass(frozen=True, slots=True)
class Bookmark:
    """`level` counts from 0, `page` is the number of a page, from 1."""

    level: int
    title: str
    page: int


def page_from_json(answer: dict[str, Any]) -> Page:
    return Page(
        number=answer["page"] + 1,
        width=answer["width"],
        height=answer["height"],
        images=answer["images"],
        drawn=answer["drawn"],
        ruled=answer["ruled"],
        lines=[Line(*line) for line in answer["lines"]],
        tables=[],
        cut=answer["cut"],
    )
