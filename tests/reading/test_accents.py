"""Letters that a document draws as a letter and an accent over it, as TeX's older fonts do."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from engine.reading.extract import extract_document

FONT, SIZE = "Helvetica", 11.0
ACCENTS = {
    "\u0308": "\u00a8",
    "\u0301": "\u00b4",
    "\u0300": "`",
    "\u0302": "\u02c6",
    "\u0327": "\u00b8",
}


def draw_line(canvas: Canvas, text: str, x: float, y: float) -> None:
    """Draws decomposed text: each accent by itself, over the letter before it."""
    for place, letter in enumerate(text):
        if letter in ACCENTS:
            accent, base = ACCENTS[letter], text[place - 1]
            width, own = (stringWidth(one, FONT, SIZE) for one in (base, accent))
            raised = y + (2 if base.isupper() else 0)
            canvas.drawString(x - width + (width - own) / 2, raised, accent)
        else:
            if letter != " ":
                canvas.drawString(x, y, letter)
            x += stringWidth(letter, FONT, SIZE)


def read(path: Path, lines: list[str]) -> str:
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setFont(FONT, SIZE)
    for number, line in enumerate(lines):
        draw_line(canvas, line, 72, 700 - 14 * number)
    canvas.save()
    return " ".join(one.text for one in extract_document(path).passages)


@pytest.mark.parametrize(
    "text",
    [
        "Die Übertragung einer Nachricht könnte verfälscht sein, wenn Geräte stark rauschen.",
        "L'élève a été au château et le garçon est resté là-bas, près de l'église.",
    ],
)
def test_accents_are_joined_with_their_letters(text: str, tmp_path: Path) -> None:
    assert text in read(tmp_path / "a.pdf", [normalize("NFD", text)] * 2)


def test_signs_that_stand_by_themselves_stay(tmp_path: Path) -> None:
    text = "Write `name` for a column, and x ^ 2 or ~ 40 where a number is meant."
    assert text in read(tmp_path / "a.pdf", [text, text])
