"""A page as it was read: lines with their size, weight and position; slides that repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from engine.reading.drawings import Drawing
from engine.reading.runs import Area

MAX_SLIDE_LINES = 40
MIDDLE, MOST_LINES = 0.35, 3.0  # of the size of a line
NEAR = 3.0  # points between a line and the same one on the next slide


@dataclass(slots=True)
class Line:
    """Points; y grows upwards from the lower left corner of the page as it is shown.

    `tag` is that of a tagged PDF ("H1"), `box` the number of the frame around the line or 0;
    `label` says that it names a part of a drawing. `cells` counts its parts between wide gaps,
    `shown` is its box on the page as left, bottom, right and top where it is not written from left
    to right, `font` the name of the font of most of its letters, `marks` are those of footnotes,
    which are not in the text.
    """

    text: str
    size: float
    bold: bool
    fixed: bool
    x0: float
    y0: float
    x1: float
    y1: float
    tag: str = ""
    box: int = 0
    label: bool = False
    cells: int = 1
    shown: tuple[float, float, float, float] | None = None
    font: str = ""
    marks: tuple[str, ...] = ()

    def is_in(self, area: Area, slack: float = 0.0) -> bool:
        """Whether the middle of the line lies in an area, or at most `slack` points beside it."""
        x, y = (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2
        across = area.x0 - slack <= x <= area.x1 + slack
        return across and area.y0 - slack <= y <= area.y1 + slack


@dataclass(slots=True)
class Table:
    """A ruled table: its box in points, y upwards, and its text as Markdown; `placed` once it is in
    the text."""

    x0: float
    y0: float
    x1: float
    y1: float
    markdown: str
    placed: bool = False


@dataclass(slots=True)
class Page:
    """`images` is the share of the page covered by pictures, `drawn` counts its objects; `ruled`
    suggests a table, `cut` says that the page holds more text than was read, `annotated` that
    something was added to it besides links; `drawings` are what may be its figures. `layer`: its
    text was laid under a picture by OCR. `uncertain` are the rules (left, height, right) of roots
    and fractions that could not be written in their line. `lost_table`: one was found and could
    not be kept. `pictures` are the corners of those that are small enough to stand in a line.
    """

    number: int
    width: float
    height: float
    images: float
    drawn: int
    ruled: bool
    lines: list[Line]
    tables: list[Table]
    cut: bool
    drawings: list[Drawing] = field(default_factory=list)
    annotated: bool = False
    layer: bool = False
    uncertain: list[tuple[float, float, float]] = field(default_factory=list)
    lost_table: bool = False
    pictures: list[tuple[float, float, float, float]] = field(default_factory=list)

    def pictures_in(self, line: Line) -> list[tuple[float, float, float, float]]:
        """Returns the pictures that stand in a line: letters are left of them, and they are hardly
        higher than the line."""
        if not self.pictures:
            return []
        middle = line.y0 + MIDDLE * line.size
        return [
            (x0, y0, x1, y1)
            for x0, y0, x1, y1 in self.pictures
            if line.x0 < x0 < line.x1 + line.size
            and y0 < middle < y1
            and y1 - y0 < MOST_LINES * line.size
        ]

    def has_letters(self, least: int = 1) -> bool:
        """Whether the page has at least so many letters."""
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
        drawings=[Drawing(*values) for values in answer["drawings"]],
        annotated=answer["annotated"],
        layer=answer["layer"],
        uncertain=[(left, height, right) for left, height, right in answer["uncertain"]],
        pictures=[(x0, y0, x1, y1) for x0, y0, x1, y1 in answer["pictures"]],
    )


def merge_overlays(pages: Sequence[Page]) -> None:
    """Empties each slide that the next one repeats with more on it; the last one stays."""
    for page, after in pairwise(pages):
        wide = page.width > page.height and (page.width, page.height) == (after.width, after.height)
        if not wide or not page.lines or len(page.lines) > MAX_SLIDE_LINES:
            continue
        texts: dict[str, list[Line]] = {}
        for line in after.lines:
            texts.setdefault(line.text, []).append(line)
        if all(
            any(
                abs(line.x0 - other.x0) < NEAR and abs(line.y0 - other.y0) < NEAR
                for other in texts.get(line.text, [])
            )
            for line in page.lines
        ):
            page.lines = []
