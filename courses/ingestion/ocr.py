"""Scanned pages read by the `tesseract` program, where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from courses.ingestion.limits import PdfLimits
from courses.ingestion.pages import Line, Page
from courses.ingestion.sandbox import Children

CHILD = "ocr_child.py"
FEW_LETTERS = 40
MOSTLY_PICTURE = 0.5
MUCH_DRAWN = 100
TEXT_SIZE = 10.0


def is_scan(page: Page) -> bool:
    """Under a picture, or drawn letter by letter, with hardly any text to take."""
    pictured = page.images > MOSTLY_PICTURE or page.drawn > MUCH_DRAWN
    return pictured and not page.has_letters(FEW_LETTERS)


def tesseract() -> str | None:
    """The program's path, or None where it is not installed."""
    return shutil.which("tesseract")


def read_scans(path: Path, pages: Sequence[Page], limits: PdfLimits) -> list[int]:
    """Fill scanned pages with what OCR reads, in place; return the numbers left unread."""
    program = tesseract()
    scans = [page for page in pages if is_scan(page)]
    if program is None:
        return [page.number for page in scans]
    children = Children()
    unread = []
    try:
        for number, page in enumerate(scans):
            lines = []
            if number < limits.ocr_pages:
                lines = _read(children, path, page, program, limits)
            if lines:
                page.lines = lines
            else:
                unread.append(page.number)
    finally:
        children.close()
    return unread


def _read(
    children: Children, path: Path, page: Page, program: str, limits: PdfLimits
) -> list[Line]:
    request = {
        "path": str(path),
        "page": page.number - 1,
        "program": program,
        "memory": limits.child_memory,
        "cpu": limits.child_cpu,
    }
    outcome = children.run(CHILD, request, wall=limits.ocr_wall)
    text = outcome.answers[0]["text"] if outcome.finished and outcome.answers else ""
    return list(_lines(text, page))


def _lines(text: str, page: Page) -> list[Line]:
    """Lines of even size; an empty line leaves the space that starts a paragraph."""
    lines, top = [], page.height * 0.88
    step = page.height * 0.76 / max(text.count("\n") + 1, 1)
    for row in text.split("\n"):
        if row.strip():
            size = min(step, TEXT_SIZE)
            lines.append(
                Line(row.strip(), TEXT_SIZE, False, False, 72, top - size, page.width - 72, top)  # noqa: FBT003 - neither bold nor monospaced
            )
        top -= step
    return lines
