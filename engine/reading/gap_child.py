"""A separate program that finds tables without rules by the gaps between words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium

from engine.reading.child import read_request, write_answer
from engine.reading.layout import plain
from engine.reading.letters import Letters, page_runs
from engine.reading.loose_tables import CELL_GAP, Word, loose_tables
from engine.reading.pieces import SAME, make_pieces, scripts_in_place
from engine.reading.placing import is_shown, placing
from engine.reading.runs import Run


def main() -> int:
    request = read_request()
    document = pdfium.PdfDocument(request["path"])
    for number in request["pages"]:
        page = document[number]
        _, height = page.get_size()
        cells = list(_cells(page, request["characters"]))
        page.close()
        tables: list[dict[str, Any]] = [
            {"box": [x0, height - bottom, x1, height - top], "rows": rows}
            for (x0, top, x1, bottom), rows in loose_tables(cells)
        ]
        write_answer({"page": number, "tables": tables})
    return 0


def _cells(page: pdfium.PdfPage, characters: int) -> Iterator[Word]:
    """Yields the words between gaps, with their exponents, that stand upright on the page."""
    width, height = page.get_size()
    text = page.get_textpage()
    reader = Letters(text.raw, placing(page.get_bbox(), page.get_rotation()), {})
    words = [
        word
        for run in page_runs(text, characters, reader)
        if run.way[0] > abs(run.way[1])
        and is_shown((run.x0, run.y, run.x1, run.y + run.size), width, height)
        for word in _words(run, reader)
    ]
    text.close()
    for word in words:
        word.text = plain(word.text, word.font)
    for piece in make_pieces(scripts_in_place(words), SAME, CELL_GAP):
        bottom = height - piece.y
        fixed = all(run.fixed for run in piece.runs)
        shown = piece.text.strip()
        yield Word(shown, piece.x0, piece.x1, bottom - 0.75 * piece.size, bottom, fixed, piece.size)


def _words(run: Run, reader: Letters) -> Iterator[Run]:
    """Yields the words of a run, so that wide gaps within it part cells."""
    text = run.text
    yield from reader.parts(
        run, (at for at in range(1, len(text)) if text[at - 1].isspace() and not text[at].isspace())
    )


if __name__ == "__main__":
    sys.exit(main())
