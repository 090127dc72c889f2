"""A separate program that reads a document that is no PDF, under limits that it sets on itself.

The request is one JSON object on standard input; the answer is a line of JSON for each element,
and a last one with what concerns the whole document, or with the code of an error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from engine.reading.child import read_request, write_answer
from engine.reading.formats.archive import (
    Archive,
    attribute,
    children,
    names_outside,
    parsed,
    relations,
)
from engine.reading.formats.docx import read_docx
from engine.reading.formats.elements import Reading, UnreadableError, as_json
from engine.reading.formats.epub import read_epub
from engine.reading.formats.html import read_html
from engine.reading.formats.odf import read_odf
from engine.reading.formats.plain import read_markdown, read_mhtml, read_text
from engine.reading.formats.pptx import read_pptx

CONTENT_TYPES, MIMETYPE = "[Content_Types].xml", "mimetype"
EPUB_TYPE, TEXT_TYPE, SLIDES_TYPE = b"epub+zip", b"opendocument.text", b"opendocument.presentation"
MAIN = "officeDocument"
LOOSE = ("html", "mhtml", "md", "txt")


def main() -> int:
    request = read_request(open_files=64)
    try:
        reading = _read(request)
    except UnreadableError as error:
        write_answer({"error": error.code})
        return 2
    cut = _say_all(reading, request["characters"], request["elements"])
    if cut:
        reading.note("cut")
    write_answer(
        {
            "done": True,
            "language": reading.language,
            "unit": reading.unit,
            "labels": reading.labels,
            "seen": reading.seen,
        }
    )
    return 0


def _say_all(reading: Reading, characters: int, most: int) -> bool:
    """Writes the elements; returns whether there were more than is allowed."""
    for at, element in enumerate(reading.elements):
        characters -= len(element.text) + sum(len(cell) for row in element.rows for cell in row)
        if characters < 0 or at >= most:
            return True
        write_answer(as_json(element))
    return False


def _read(request: dict[str, Any]) -> Reading:
    path = Path(request["path"])
    if request["format"] in LOOSE:
        readers = {"html": read_html, "mhtml": read_mhtml, "md": read_markdown, "txt": read_text}
        return readers[request["format"]](path.read_bytes())
    archive = Archive(path, request["unpacked"])
    reading = _packed(archive, request["pages"])
    if any(
        name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/"))
        for name in archive.names()
    ):
        reading.note("macros")
    return reading


def _packed(archive: Archive, pages: int) -> Reading:
    """Reads a packed document by what is in it, whatever it is called."""
    mimetype = archive.read(MIMETYPE)[:200]
    if EPUB_TYPE in mimetype or "META-INF/container.xml" in archive:
        return read_epub(archive)
    if TEXT_TYPE in mimetype or SLIDES_TYPE in mimetype:
        return read_odf(archive, pages)
    kind = _main_type(archive)
    if "wordprocessingml" in kind or "ms-word" in kind:
        return read_docx(archive)
    if "presentationml" in kind or "ms-powerpoint" in kind:
        reading = read_pptx(archive, pages)
        if "outside" not in reading.seen and names_outside(archive):
            reading.note("outside")
        return reading
    raise UnreadableError("spreadsheet" if "spreadsheetml" in kind else "other_zip")


def _main_type(archive: Archive) -> str:
    """Returns the type of an Office file's main part; of all parts if it does not name that one.

    Slides may hold a Word file, and the other way round.
    """
    types = archive.read(CONTENT_TYPES)
    if not types:
        return ""
    targets = (target for kind, target, _ in relations(archive, "").values() if kind == MAIN)
    main = next(targets, "")
    for one in children(parsed(types), "Override"):
        if main and attribute(one, "PartName").lstrip("/").lower() == main.lower():
            return attribute(one, "ContentType")
    return types.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
