"""Text that was typed onto pages: notes in boxes and filled fields of forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page
from engine.reading.sandbox import Children
from engine.reading.text import clean

CHILD = "notes_child.py"
SIZE = 10.0
LETTER_WIDTH = 0.5  # of the size
SAME_ROW = 0.8


def add_notes(path: Path, pages: Sequence[Page], limits: PdfLimits) -> list[int]:
    """Puts typed notes and filled fields where they stand on their pages, in place.

    Returns the numbers of pages with comments, which open on a click only and are left out.
    """
    by_index = {page.number - 1: page for page in pages if page.annotated}
    if not by_index:
        return []
    request = {
        "path": str(path),
        "pages": list(by_index),
        "memory": limits.child_memory,
        "cpu": limits.child_cpu,
    }
    commented = []
    for answer in Children().run(CHILD, request, wall=limits.child_wall).answers:
        page = by_index[answer["page"]]
        for text, left, bottom, right, top in answer["typed"]:
            _insert(page, clean(text), (left, bottom, right, top))
        if answer["comments"]:
            commented.append(page.number)
    return commented


def _insert(page: Page, text: str, box: tuple[float, float, float, float]) -> None:
    left, bottom, right, top = box
    size = min(SIZE, max(top - bottom, 1.0))
    for line in page.lines:
        beside = line.x1 <= left and min(line.y1, top) - max(line.y0, bottom) > 0
        if beside and line.y1 - line.y0 <= top - bottom + size:
            line.text, line.x1 = f"{line.text} {text}", right
            return
    columns = max(int((right - left) / (LETTER_WIDTH * size)), 20)
    # Behind the last line that stands higher.
    at = max((n for n, line in enumerate(page.lines, 1) if line.y0 >= top), default=0)
    rows = []
    for number, row in enumerate(wrap(text, columns)):
        y = top - size * (1 + 1.2 * number)
        rows.append(Line(row, size, False, False, left, y, right, y + 0.75 * size))  # noqa: FBT003 - neither bold nor monospaced
    page.lines[at:at] = rows
