"""A separate program that reads what was typed onto pages: notes, comments and filled fields."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.child import read_request, write_answer
from engine.reading.placing import placed, placing

MAX_NOTES = 200
MAX_LENGTH = 4000
# What stands on the page itself, and what opens on a click.
ON_PAGE = {raw.FPDF_ANNOT_FREETEXT: "Contents", raw.FPDF_ANNOT_WIDGET: "V"}
COMMENTS = (raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_UNDERLINE)


def main() -> int:
    request = read_request()
    document = pdfium.PdfDocument(request["path"])
    for number in request["pages"]:
        page = document[number]
        notes = list(_notes(page))
        page.close()
        typed = [note for kind, *note in notes if kind == "typed"]
        write_answer({"page": number, "typed": typed, "comments": len(notes) - len(typed)})
    return 0


def _notes(page: pdfium.PdfPage) -> Iterator[list[Any]]:
    """Yields ["typed", text, left, bottom, right, top] as shown, and ["comment"]."""
    box = raw.FS_RECTF()
    place = placing(page.get_bbox(), page.get_rotation())
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_NOTES)):
        note = raw.FPDFPage_GetAnnot(page.raw, index)
        kind = raw.FPDFAnnot_GetSubtype(note)
        if kind in ON_PAGE and not raw.FPDFAnnot_GetFlags(note) & raw.FPDF_ANNOT_FLAG_HIDDEN:
            text = _string(note, ON_PAGE[kind])
            raw.FPDFAnnot_GetRect(note, box)
            if text.strip():
                yield ["typed", text, *placed(place, (box.left, box.bottom, box.right, box.top))]
        elif kind in COMMENTS and _string(note, "Contents").strip():
            yield ["comment"]
        raw.FPDFPage_CloseAnnot(note)


def _string(note: Any, key: str) -> str:
    buffer = (ctypes.c_ushort * MAX_LENGTH)()
    size = ctypes.sizeof(buffer)
    length = min(raw.FPDFAnnot_GetStringValue(note, key.encode(), buffer, size), size)
    return bytes(buffer)[:length].decode("utf-16-le", "ignore").rstrip("\0")


if __name__ == "__main__":
    sys.exit(main())
