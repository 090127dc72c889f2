"""The letters of a page as PDFium gives them, and the pieces of lines made of them.

Points; y grows upwards from the lower left corner of the page as it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")
# These stand around letters that are raised or lowered until `marks` knows what they mean.
RAISED, LOWERED, LEVEL = "\x0e", "\x0f", "\x10"
DROP_CAP = "\x11"  # between a large first letter and the rest of its line


class Area(Protocol):
    """What takes up a rectangle of the page: a line, a table, a shape."""

    x0: float
    y0: float
    x1: float
    y1: float


def gaps(one: Area, other: Area) -> tuple[float, float]:
    """Returns the gaps between two areas, across and upwards; negative where they overlap."""
    across = max(one.x0 - other.x1, other.x0 - one.x1)
    return across, max(one.y0 - other.y1, other.y0 - one.y1)


def grouped(items: Iterable[T], joins: Callable[[list[T], T], bool]) -> list[list[T]]:
    """Returns the items in groups: one that does not join the group before it begins the next."""
    groups: list[list[T]] = []
    for item in items:
        if groups and joins(groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


@dataclass(slots=True)
class Run:
    """Letters that one command draws. `y` is the baseline, `way` the direction of writing, `end`
    the highest point, `font` the name of the font, `at` the number of the first letter on the
    page; `breaks` and `space`: a new line, or a space, comes before it."""

    text: str
    x0: float
    y: float
    x1: float
    size: float
    bold: bool
    fixed: bool
    breaks: bool
    space: bool
    tag: str = ""
    way: tuple[float, float] = (1.0, 0.0)
    end: float = 0.0
    font: str = ""
    at: int = -1


@dataclass(slots=True)
class Box:
    """A drawn shape or picture; `frame` is a rectangle."""

    x0: float
    y0: float
    x1: float
    y1: float
    frame: bool = False

    def holds(self, piece: Piece) -> bool:
        """Whether the whole baseline of a piece is inside."""
        across = self.x0 - 1 <= piece.x0 and piece.x1 <= self.x1 + 1
        return across and self.y0 - 1 <= piece.y <= self.y1 + 1


@dataclass(slots=True)
class Piece:
    """Runs on one baseline without a wide gap; `row` is the same for all pieces of a line.

    `raised` says that its last run is an exponent or index, `box` is the number of the frame
    around it, `cells` counts the pieces that were joined to it over wide gaps.
    """

    runs: list[Run]
    text: str
    x0: float
    y: float
    x1: float
    size: float
    row: int
    raised: bool = False
    label: bool = False
    box: int = 0
    cells: int = 1


def usual_size(pieces: Sequence[Piece]) -> float:
    """Returns the size that most letters of the page have."""
    sizes = Counter[float]()
    for piece in pieces:
        sizes[round(piece.size * 2) / 2] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0
