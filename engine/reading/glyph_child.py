"""A separate program that reads the glyphs of pages with pdfminer, for scripts that join letters.

Programs say in an /ActualText what a group of glyphs stands for, such as the parts of an Indic
syllable; here the group counts as one glyph with that text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import decode_text

from engine.reading.child import read_request, write_answer
from engine.reading.placing import count_from_shown, is_shown

MAX_GLYPHS = 50_000
SAME_ROW = 0.4  # of the size
COLUMN_GAP = 2.5
MAX_REACH = 20  # points, whatever size a hostile file claims


class Glyphs(PDFPageAggregator):
    """Collects glyphs as [text, left, right, baseline, size, font] in points."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager, laparams=None)
        self.glyphs: list[list[Any]] = []
        self._open: list[tuple[str | None, int]] = []

    def begin_tag(self, tag: Any, props: Any = None) -> None:  # noqa: ARG002 - pdfminer's
        given = props.get("ActualText") if isinstance(props, dict) else None
        text = decode_text(given) if isinstance(given, bytes) else None
        self._open.append((text, len(self.glyphs)))

    def end_tag(self) -> None:
        if not self._open:
            return
        text, start = self._open.pop()
        group = self.glyphs[start:]
        if text is not None and group:
            first = group[0]
            left, right = min(g[1] for g in group), max(g[2] for g in group)
            self.glyphs[start:] = [[text, left, right, *first[3:]]]

    def render_char(self, matrix: Any, font: Any, fontsize: float, *rest: Any) -> float:
        advance = super().render_char(matrix, font, fontsize, *rest)
        drawn: Any = self.cur_item._objs[-1]
        if len(self.glyphs) < MAX_GLYPHS:
            size = fontsize * (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5
            name = str(font.fontname).rpartition("+")[2][:60]
            left, right = min(drawn.x0, drawn.x1), max(drawn.x0, drawn.x1)
            self.glyphs.append(
                [drawn.get_text(), left, right, matrix[5], size, name],
            )
        return float(advance)

    def handle_undefined_char(self, font: Any, cid: int) -> str:  # noqa: ARG002 - pdfminer's
        """Returns nothing for a part of a syllable that has no text of its own."""
        return ""


def main() -> int:
    request = read_request()
    manager = PDFResourceManager()
    with open(request["path"], "rb") as file:  # noqa: PTH123 - nothing but pdfminer is loaded here
        pages = PDFPage.get_pages(file, pagenos=request["pages"])
        for number, page in zip(sorted(request["pages"]), pages, strict=False):
            width, height = count_from_shown(page)
            device = Glyphs(manager)
            PDFPageInterpreter(manager, device).process_page(page)
            glyphs = [
                glyph
                for glyph in device.glyphs
                if is_shown((glyph[1], glyph[3], glyph[2], glyph[3] + glyph[4]), width, height)
            ]
            write_answer({"page": number, "rows": list(_rows(glyphs))})
    return 0


def _distance(baseline: float, place: int) -> float:
    return abs(baseline - place)


def _rows(glyphs: list[list[Any]]) -> Iterator[dict[str, Any]]:
    """Yields rows of one baseline, cut where a column ends, in the order of their first glyph."""
    rows: dict[int, list[tuple[int, list[Any]]]] = {}
    for at, glyph in enumerate(glyphs):
        place, reach = round(glyph[3]), min(round(SAME_ROW * glyph[4]), MAX_REACH)
        around = sorted(range(place - reach, place + reach + 1), key=partial(_distance, glyph[3]))
        near = next((y for y in around if y in rows), place)
        rows.setdefault(near, []).append((at, glyph))
    cut: list[list[tuple[int, list[Any]]]] = []
    for row in rows.values():
        row.sort(key=lambda item: item[1][1])
        edge: float | None = None
        for item in row:
            if edge is None or item[1][1] - edge > COLUMN_GAP * item[1][4]:
                cut.append([])
            cut[-1].append(item)
            edge = max(edge or item[1][2], item[1][2])
    for row in sorted(cut, key=lambda row: min(at for at, _ in row)):
        ordered = sorted(row)
        middle = ordered[len(ordered) // 2][1]
        yield {
            "glyphs": [[g[0], round(g[1], 1), round(g[2], 1)] for _, g in ordered],
            "baseline": round(middle[3], 1),
            "size": round(middle[4], 1),
            "bold": all("bold" in g[5].lower() for _, g in row),
            "font": middle[5],
        }


if __name__ == "__main__":
    sys.exit(main())
