"""What every reader makes of a document: its elements in reading order.

Children write them as JSON, so this module imports nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MAX_TEXT = 200_000  # letters of one element
MAX_HEADING = 100  # of what was left out below it
MAX_ROWS, MAX_COLUMNS, MAX_SPAN = 5000, 60, 60


class ElementKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    CODE = "code"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    BOX = "box"
    PICTURE = "picture"
    DRAWING = "drawing"


@dataclass(slots=True)
class Element:
    """A piece of a document.

    `level` is that of a heading, from 1. `rows` are a table's. `marks` are those of the footnotes
    that the text points to, of a footnote its own. `place` is the page or slide, from 1; 0 where
    there are none. `part` names the part of the document where its maker said so. A picture's text
    is its description, `caption` its title, `source` where it lies, `share` what it covers of its
    slide or page (0 if unknown), `crop` what is cut off at its left, top, right and bottom, in
    shares. A drawing is what only the program that made the slide can draw; it has so many
    `shapes` (0 for a picture or object that is one). `box` is where a picture or drawing lies on
    its slide, in shares from the upper left corner. `size` (0 if unknown), `bold` and `capitals`
    are how a paragraph looks, for documents without declared headings.
    """

    kind: ElementKind
    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    place: int = 0
    part: str = ""
    source: str = ""
    share: float = 0.0
    crop: list[float] = field(default_factory=list)
    caption: str = ""
    box: list[float] = field(default_factory=list)
    shapes: int = 0
    size: float = 0.0
    bold: bool = False
    capitals: bool = False


@dataclass(slots=True)
class Reading:
    """All that a reader found. `unit` is "page", "slide" or "paragraph", `labels` are those of the
    pages or slides. `seen` says by name what was met and left out, and where each time: the number
    of a page or slide, else the heading above, "" before the first one."""

    elements: list[Element] = field(default_factory=list)
    language: str = ""
    unit: str = "paragraph"
    labels: list[str] = field(default_factory=list)
    seen: dict[str, list[int | str]] = field(default_factory=dict)
    heading: str = ""

    def add(self, kind: ElementKind, text: str = "", **values: Any) -> None:
        self.elements.append(Element(kind, text[:MAX_TEXT], **values))
        if kind is ElementKind.HEADING:
            self.heading = " ".join(text.split())[:MAX_HEADING]

    def note(self, what: str, place: int = 0) -> None:
        """Notes something left out on a page or slide, else below the last heading."""
        self.seen.setdefault(what, []).append(place or self.heading)


class UnreadableError(Exception):
    """Why a document cannot be read; `engine.reading.other_formats.refusal` has the codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def as_json(element: Element) -> dict[str, Any]:
    return {name: value for name, value in asdict(element).items() if value}


def from_json(values: dict[str, Any]) -> Element:
    return Element(**values | {"kind": ElementKind(values["kind"])})


@dataclass(slots=True)
class Cell:
    text: str
    across: int = 1
    down: int = 1


def grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Returns the rows of a table with the text of a merged cell at each place that it covers."""
    filled: dict[tuple[int, int], str] = {}
    width = 0
    for y, row in enumerate(rows[:MAX_ROWS]):
        x = 0
        for cell in row[:MAX_COLUMNS]:
            while (x, y) in filled:
                x += 1
            for down in range(min(max(cell.down, 1), MAX_ROWS)):
                for across in range(min(max(cell.across, 1), MAX_SPAN)):
                    filled.setdefault((x + across, y + down), cell.text)
            x += min(max(cell.across, 1), MAX_SPAN)
        width = max(width, x)
    height = min(len(rows), MAX_ROWS)
    width = min(width, MAX_COLUMNS)
    return [[filled.get((x, y), "") for x in range(width)] for y in range(height)]
