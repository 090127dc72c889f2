"""A separate program that finds tables without rules by the gaps between words."""

from __future__ import annotations

import ctypes
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.loose_tables import Word, loose_tables
from engine.reading.placing import Place, is_shown, placed, placing

MONOSPACED = ("mono", "courier", "cmtt", "typewriter", "consol")
FIXED_PITCH = 1
_WORD = re.compile(r"\S+")


def main() -> int:
    request = json.load(sys.stdin)
    memory, cpu = request["memory"], request["cpu"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    document = pdfium.PdfDocument(request["path"])
    for number in request["pages"]:
        page = document[number]
        _, height = page.get_size()
        words = list(_words(page, request["characters"]))
        page.close()
        tables = [
            {"box": [x0, height - bottom, x1, height - top], "rows": rows}
            for (x0, top, x1, bottom), rows in loose_tables(words)
        ]
        sys.stdout.write(json.dumps({"page": number, "tables": tables}) + "\n")
        sys.stdout.flush()
    return 0


def _words(page: pdfium.PdfPage, characters: int) -> Iterator[Word]:
    """Yields the words that stand upright on the page as it is shown."""
    width, height = page.get_size()
    place = placing(page.get_bbox(), page.get_rotation())
    text = page.get_textpage()
    count = min(text.count_chars(), characters)
    content = text.get_text_range(0, count, errors="ignore") if count > 0 else ""
    x, y, right, top = (ctypes.c_double() for _ in range(4))
    name, flags = ctypes.create_string_buffer(120), ctypes.c_int()
    for found in _WORD.finditer(content):
        first, last = found.start(), found.end() - 1
        size = _size(text.raw, first, place)
        raw.FPDFText_GetCharBox(text.raw, last, x, right, y, top)
        _, _, x1, _ = placed(place, (x.value, y.value, right.value, top.value))
        raw.FPDFText_GetCharOrigin(text.raw, first, x, y)
        x0, y0 = place(x.value, y.value)
        if not size or not is_shown((x0, y0, x1, y0 + size), width, height):
            continue
        raw.FPDFText_GetFontInfo(text.raw, first, name, len(name), flags)
        font = name.value.decode(errors="replace").lower()
        fixed = bool(flags.value & FIXED_PITCH) or any(word in font for word in MONOSPACED)
        bottom = height - y0
        yield Word(found.group(), x0, x1, bottom - 0.75 * size, bottom, fixed, size)
    text.close()


def _size(page: Any, at: int, place: Place) -> float:
    """Returns the size in points; 0 for letters that do not run from left to right."""
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(page, at, matrix)
    (across, up), (x, y) = place(matrix.a, matrix.b), place(0, 0)
    if abs(up - y) > abs(across - x):
        return 0.0
    scale = float(matrix.c**2 + matrix.d**2) ** 0.5 or 1.0
    return float(raw.FPDFText_GetFontSize(page, at)) * scale


if __name__ == "__main__":
    sys.exit(main())
