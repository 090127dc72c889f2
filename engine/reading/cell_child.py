"""A separate program that reads the cells of tables, with their exponents and indices."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.child import read_request, write_answer
from engine.reading.columns import MAX_PIECES
from engine.reading.layout import plain
from engine.reading.letters import MAX_OVERLINE, Letters, mark_overlined, page_runs
from engine.reading.pieces import make_pieces, scripts_in_place
from engine.reading.placing import Corners, Place, placed, placing
from engine.reading.runs import Run

SLACK, THIN = 1.0, 2.5  # points
MAX_OBJECTS = 3000
Cell = Sequence[float] | None


def main() -> int:
    request = read_request()
    document = pdfium.PdfDocument(request["path"])
    for number, tables in zip(request["pages"], request["tables"], strict=True):
        cells = [cell for table in tables for row in table for cell in row if cell]
        runs = _upright(document[number], request["characters"], cells)
        rows = [[[_text(runs, cell) for cell in row] for row in table] for table in tables]
        write_answer({"page": number, "tables": rows})
    return 0


def _upright(
    page: pdfium.PdfPage, characters: int, cells: Sequence[Sequence[float]]
) -> Sequence[Run]:
    place = placing(page.get_bbox(), page.get_rotation())
    text = page.get_textpage()
    reader = Letters(text.raw, place, {})
    runs = [run for run in page_runs(text, characters, reader) if run.way[0] > abs(run.way[1])]
    # A rule within a cell may be a bar over its letters; those of the table go around them.
    inner = [
        (x0, (y0 + y1) / 2, x1)
        for x0, y0, x1, y1 in _flat(page, place)
        if any(
            left + SLACK < x0 and x1 < right - SLACK and bottom + SLACK < y0 and y1 < top - SLACK
            for left, bottom, right, top in cells
        )
    ]
    if inner:
        mark_overlined(runs, inner, reader)
    text.close()
    page.close()
    for run in runs:
        run.text = plain(run.text, run.font)
    return scripts_in_place(runs)


def _flat(page: pdfium.PdfPage, place: Place) -> Iterator[Corners]:
    """Yields the boxes of short lines across."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)):
        thing = raw.FPDFPage_GetObject(page.raw, index)
        is_path = raw.FPDFPageObj_GetType(thing) == raw.FPDF_PAGEOBJ_PATH
        if is_path and raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            box = placed(place, (left.value, bottom.value, right.value, top.value))
            if box[3] - box[1] < THIN < box[2] - box[0] < MAX_OVERLINE:
                yield box


def _text(runs: Sequence[Run], cell: Cell) -> str | None:
    """Returns the text in a cell; None where a run reaches into the next cell."""
    if cell is None:
        return ""
    left, bottom, right, top = cell
    inside = []
    for run in runs:
        if bottom <= run.y + 0.3 * run.size <= top and run.x0 < right and run.x1 > left:
            if run.x0 < left - SLACK or run.x1 > right + SLACK:
                return None
            inside.append(run)
    if not inside:
        return ""
    pieces = make_pieces(inside)[:MAX_PIECES]
    return " ".join(piece.text.strip() for piece in pieces)


if __name__ == "__main__":
    sys.exit(main())
