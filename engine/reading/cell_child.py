"""A separate program that reads the cells of tables, with their exponents and indices."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pypdfium2 as pdfium

from engine.reading.child import read_request, write_answer
from engine.reading.columns import MAX_PIECES
from engine.reading.layout import plain
from engine.reading.letters import Letters, page_runs
from engine.reading.pieces import make_pieces, scripts_in_place
from engine.reading.placing import placing
from engine.reading.runs import Run

SLACK = 1.0  # points
Cell = Sequence[float] | None


def main() -> int:
    request = read_request()
    document = pdfium.PdfDocument(request["path"])
    for number, tables in zip(request["pages"], request["tables"], strict=True):
        runs = _upright(document[number], request["characters"])
        rows = [[[_text(runs, cell) for cell in row] for row in table] for table in tables]
        write_answer({"page": number, "tables": rows})
    return 0


def _upright(page: pdfium.PdfPage, characters: int) -> Sequence[Run]:
    place = placing(page.get_bbox(), page.get_rotation())
    text = page.get_textpage()
    runs = [
        run
        for run in page_runs(text, characters, Letters(text.raw, place, {}))
        if run.way[0] > abs(run.way[1])
    ]
    text.close()
    page.close()
    for run in runs:
        run.text = plain(run.text, run.font)
    return scripts_in_place(runs)


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
