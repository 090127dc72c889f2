"""Runs as a program of its own: reads some pages of a PDF under limits it sets on itself.

The request is one JSON object on standard input, the answer JSON lines on standard output,
each flushed, so that finished pages survive a crash on a later one. Nothing of ProfAI is
imported here: the interpreter starts isolated, with an empty environment.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

MAX_OBJECTS = 3000
MAX_BOOKMARKS = 5000
# No printed line or page has more; what follows may take time that grows with their square.
MAX_LINE = 1000
MAX_LINES = 3000
FIXED_PITCH = 1
THIN = 2.5
LONG = 40.0
TALL = 8.0
BOLD = 600
RULES = 2
MONOSPACED = ("mono", "courier", "cmtt", "typewriter", "consol", "cursor", "sftt", "ectt", "menlo")


def main() -> int:
    request = json.load(sys.stdin)
    _limit(request["memory"], request["cpu"])
    try:
        document = pdfium.PdfDocument(request["path"])
    except pdfium.PdfiumError as error:
        _say({"error": _reason(error)})
        return 2
    if request["task"] == "info":
        _say(_info(document))
    else:
        for number in range(request["first"], request["last"] + 1):
            try:
                _say(_page(document, number, request["characters"]))
            except pdfium.PdfiumError:
                _say({"failed": number})
    return 0


def _limit(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _reason(error: pdfium.PdfiumError) -> str:
    code = getattr(error, "err_code", None)
    return "encrypted" if code == raw.FPDF_ERR_PASSWORD else "unreadable"


def _info(document: pdfium.PdfDocument) -> dict[str, Any]:
    count = len(document)
    labels = [document.get_page_label(index) or "" for index in range(min(count, 5000))]
    return {"pages": count, "labels": labels, "bookmarks": list(_bookmarks(document))}


def _bookmarks(document: pdfium.PdfDocument) -> Iterator[tuple[int, str, int]]:
    for number, bookmark in enumerate(document.get_toc(max_depth=8)):
        if number >= MAX_BOOKMARKS:
            return
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            yield bookmark.level, bookmark.get_title()[:300], index


def _page(document: pdfium.PdfDocument, number: int, characters: int) -> dict[str, Any]:
    page = document[number]
    try:
        width, height = page.get_size()
        images, ruled = _objects(page, width * height)
        drawn = raw.FPDFPage_CountObjects(page.raw)
        text = page.get_textpage()
        try:
            lines = list(islice(_lines(text, characters), MAX_LINES + 1))
            cut = text.count_chars() > characters or len(lines) > MAX_LINES
        finally:
            text.close()
    finally:
        page.close()
    return {
        "page": number,
        "width": width,
        "height": height,
        "images": images,
        "drawn": drawn,
        "ruled": ruled,
        "lines": lines[:MAX_LINES],
        "cut": cut,
    }


def _objects(page: pdfium.PdfPage, area: float) -> tuple[float, bool]:
    """The share of the page under pictures, and whether rules cross on it as in a table."""
    images = 0.0
    across, down = defaultdict[int, float](float), defaultdict[int, float](float)
    columns, rows = set[int](), set[int]()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)):
        thing = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(thing)
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
            continue
        if not raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            continue
        width, height = right.value - left.value, top.value - bottom.value
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            images += width * height
        # By place, so that the frames of programs, two rules each way, are no table; and by
        # length, so that the ticks of a plot are none either.
        elif height < THIN and width > LONG:
            across[round(bottom.value)] += width
        elif width < THIN and height > TALL:
            down[round(left.value)] += height
        elif width > LONG and TALL < height < 10 * TALL:
            columns.add(round(left.value))
            rows.add(round(top.value))
    ruled = min(_long(across, LONG), _long(down, 3 * TALL)) > RULES
    grid = ruled or min(len(columns), len(rows)) > 1
    return min(images / area if area else 0.0, 1.0), grid


def _long(rules: Mapping[int, float], least: float) -> int:
    return sum(length >= least for length in rules.values())


def _lines(text: pdfium.PdfTextPage, characters: int) -> Iterator[list[Any]]:
    """Each line as [text, size, bold, monospaced, left, bottom, right, top] in points."""
    count = min(text.count_chars(), characters)
    if count <= 0:
        return
    content = text.get_text_range(0, count, errors="ignore")
    start = 0
    for line in content.split("\r\n"):
        shown = line.strip()
        if shown:
            first = start + len(line) - len(line.lstrip())
            for at in range(0, len(shown), MAX_LINE):
                part = shown[at : at + MAX_LINE]
                yield _line(text.raw, part, first + at, first + at + len(part) - 1)
        start += len(line) + 2


def _line(page: Any, shown: str, first: int, last: int) -> list[Any]:
    """Bottom and top are the baselines of the last and the first character, the latter raised
    by three quarters of the size: glyphs' own boxes would make rows of small letters drift."""
    left, right, low, high = (ctypes.c_double() for _ in range(4))
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetCharBox(page, last, left, right, low, high)
    x1 = right.value
    raw.FPDFText_GetCharOrigin(page, last, left, low)
    raw.FPDFText_GetCharOrigin(page, first, left, high)
    middle = (first + last) // 2
    raw.FPDFText_GetMatrix(page, middle, matrix)
    scale = (matrix.c**2 + matrix.d**2) ** 0.5 or 1.0
    size = raw.FPDFText_GetFontSize(page, middle) * scale
    fonts = [_font(page, at) for at in {first, middle, last}]
    bold = all(bold for bold, _ in fonts)
    fixed = all(fixed for _, fixed in fonts)
    numbers = (size, left.value, low.value, x1, high.value + 0.75 * size)
    size, x0, y0, x1, y1 = (round(number, 1) for number in numbers)
    return [shown, size, bold, fixed, x0, y0, x1, y1]


def _font(page: Any, at: int) -> tuple[bool, bool]:
    """Whether the character's font is bold, and whether it is monospaced."""
    flags, name = ctypes.c_int(), ctypes.create_string_buffer(120)
    raw.FPDFText_GetFontInfo(page, at, name, len(name), flags)
    font = name.value.decode(errors="replace").lower()
    heavy = raw.FPDFText_GetFontWeight(page, at) >= BOLD
    bold = heavy or "bold" in font or "cmbx" in font
    return bold, bool(flags.value & FIXED_PITCH) or any(word in font for word in MONOSPACED)


if __name__ == "__main__":
    sys.exit(main())
