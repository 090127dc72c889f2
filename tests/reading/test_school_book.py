"""The first pages of a school book's chapter: a title on its picture, a list of its sections."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from engine.reading.extract import extract_document

TEXT = (
    "A spring is a place where groundwater comes to the surface of the land.",
    "Springs feed streams in every season, because groundwater moves slowly.",
    "An aquifer is a layer of rock or sand that holds groundwater for years.",
    "Rain that soaks into the soil refills the aquifer over many years.",
)
SECTIONS = ("4.1 Springs", "4.2 Deltas", "4.3 Meanders", "4.4 Lakes")


def chapter(path: Path, font: str) -> Path:
    """A chapter with coloured circles behind its title and its sections in the margin, in bold."""
    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.setFillGray(0.85)
    for at in range(8):
        canvas.circle(150 + 40 * at, 700, 30, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(160, 695, "WATER ON LAND")
    canvas.setFont("Times-Bold", 10)
    for at, title in enumerate(SECTIONS):
        canvas.drawString(40, 600 - 14 * at, title)
    for number, title in enumerate(SECTIONS):
        y = 480 if number == 0 else 760
        canvas.setFont(font, 12)
        canvas.drawString(180, y, title.upper())
        canvas.setFont(font, 10)
        for at in range(12):
            canvas.drawString(180, y - 24 - 13 * at, TEXT[at % 4])
        canvas.showPage()
    canvas.save()
    path.write_bytes(buffer.getvalue())
    return path


def test_a_title_on_a_picture_and_a_list_of_sections(tmp_path: Path) -> None:
    extracted = extract_document(chapter(tmp_path / "chapter.pdf", "Times-Roman"))
    paths = list(dict.fromkeys(passage.heading_path for passage in extracted.passages))
    assert paths == [("WATER ON LAND", title.upper()) for title in SECTIONS]
    said = "\n".join(passage.text for passage in extracted.passages)
    assert not any(title in said for title in SECTIONS)


def test_in_a_book_that_is_bold_throughout_bold_lines_are_no_headings(tmp_path: Path) -> None:
    extracted = extract_document(chapter(tmp_path / "chapter.pdf", "Times-Bold"))
    paths = list(dict.fromkeys(passage.heading_path for passage in extracted.passages))
    assert paths[1:] == [("WATER ON LAND", title.upper()) for title in SECTIONS]


def test_numbers_set_the_levels_of_sections_that_look_the_same(tmp_path: Path) -> None:
    buffer = BytesIO()
    canvas = Canvas(buffer)
    for title, size in (
        ("4.1 Springs", 13),
        ("4.1.1 Aquifers", 15),
        ("4.1.2 Rain", 13),
        ("4.2 Deltas", 15),
    ):
        canvas.setFont("Helvetica", size)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 10)
        for at in range(12):
            canvas.drawString(72, 730 - 13 * at, TEXT[at % 4])
        canvas.showPage()
    canvas.save()
    path = tmp_path / "levels.pdf"
    path.write_bytes(buffer.getvalue())
    paths = [passage.heading_path for passage in extract_document(path).passages]
    assert list(dict.fromkeys(paths)) == [
        ("4.1 Springs",),
        ("4.1 Springs", "4.1.1 Aquifers"),
        ("4.1 Springs", "4.1.2 Rain"),
        ("4.2 Deltas",),
    ]
