"""Groups what a page draws besides letters: pictures, and lines and shapes that touch.

It runs in the child that reads the pages, so nothing but the standard library is imported.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

from engine.reading.regions import is_dot
from engine.reading.runs import Box

NEAR = 5.0  # points: shapes so close are parts of one drawing
WHOLE = 0.85  # of the page: a background
SHEET, BAND = 0.97, 0.3  # of the width and height: a rectangle behind a slide, or a coloured band
RULE = 0.3  # of the page's width
THIN = 2.5
MAX_GROUPS, MAX_KEPT = 150, 60
SMALLEST = 18.0  # points


@dataclass(slots=True)
class Drawing:
    """A group of pictures and shapes: its box in points, y upwards, how many there are of both,
    what a tagged PDF says of it, and how many of the shapes are frames (rectangles, no rules) or
    dots."""

    x0: float
    y0: float
    x1: float
    y1: float
    pictures: int = 0
    shapes: int = 0
    said: str = ""
    frames: int = 0

    @property
    def area(self) -> float:
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def is_near(self, other: Drawing, near: float = NEAR) -> bool:
        across = self.x0 - near <= other.x1 and other.x0 - near <= self.x1
        return across and self.y0 - near <= other.y1 and other.y0 - near <= self.y1

    def add(self, other: Drawing) -> None:
        self.x0, self.y0 = min(self.x0, other.x0), min(self.y0, other.y0)
        self.x1, self.y1 = max(self.x1, other.x1), max(self.y1, other.y1)
        self.pictures += other.pictures
        self.shapes += other.shapes
        self.frames += other.frames
        if other.said and other.said not in self.said:
            self.said = f"{self.said} {other.said}".strip()


class Drawings:
    """The groups on one page, made as its objects come."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._groups: list[Drawing] = []

    def add(self, box: Box, *, picture: bool, said: str) -> None:
        """Adds an object; backgrounds, and rules between parts of the page, are left out."""
        x0, x1 = max(box.x0, 0.0), min(box.x1, self._width)
        y0, y1 = max(box.y0, 0.0), min(box.y1, self._height)
        wide, high = x1 - x0, y1 - y0
        if min(wide, high) < 0 or wide * high > WHOLE * self._width * self._height:
            return
        if box.frame and wide > SHEET * self._width and high > BAND * self._height:
            return
        rule = min(wide, high) < THIN and max(wide, high) > RULE * self._width
        if rule or len(self._groups) >= MAX_GROUPS:
            return
        # The bullet of an item below a frame makes no drawing of it.
        frame = (box.frame and min(wide, high) > THIN) or is_dot(box)
        new = Drawing(x0, y0, x1, y1, int(picture), int(not picture), said, int(frame))
        if self._groups and self._groups[-1].is_near(new):
            # Most shapes belong to the one before.
            new, last = self._groups.pop(), new
            new.add(last)
        apart = []
        for group in self._groups:
            if group.is_near(new):
                new.add(group)
            else:
                apart.append(group)
        self._groups = [*apart, new]

    def as_lists(self) -> list[list[Any]]:
        """Returns the fields of each group that is no speck, the largest first."""
        large = [g for g in self._groups if min(g.x1 - g.x0, g.y1 - g.y0) >= SMALLEST]
        kept = sorted(large, key=lambda group: -group.area)[:MAX_KEPT]
        return [list(astuple(group)) for group in kept]
