"""Slides that were printed on the upper part of larger sheets."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import DocumentPart
from engine.reading.extract import extract_document

FOOT = "Copyright \u00a9 2018 North Press, Ltd. All Rights Reserved"
SLIDES = (
    ("What is a spring?", "A spring is a place where groundwater comes to the surface."),
    ("What is a delta?", "A delta is a plain that a river builds at its mouth."),
    ("What is a meander?", "A meander is a bend in the course of a river."),
    ("What is an aquifer?", "An aquifer is a layer of rock that holds groundwater."),
    ("What is erosion?", "Erosion is the removal of soil by water, wind or ice."),
)


def printed(path: Path) -> Path:
    """Each slide covers the upper 460 points of a sheet; the second has a picture."""
    picture = BytesIO()
    image = Image.effect_noise((400, 300), 90)
    image.save(picture, "PNG")
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER)
    for at, (title, text) in enumerate(SLIDES):
        canvas.setFillGray(0.97)
        canvas.rect(0, 332, 612, 460, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setFont("Helvetica-Bold", 28)
        canvas.drawString(32, 740, title)
        canvas.setFont("Helvetica", 18)
        canvas.drawString(32, 680, text)
        if at == 1:
            canvas.drawImage(ImageReader(picture), 150, 400, 300, 225)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(300, 352, FOOT)
        canvas.showPage()
    canvas.save()
    path.write_bytes(buffer.getvalue())
    return path


def test_a_copyright_line_does_not_make_a_licence_of_a_slide(tmp_path: Path) -> None:
    extracted = extract_document(printed(tmp_path / "slides.pdf"))
    assert {p.matter for p in extracted.passages} == {DocumentPart.BODY}
    said = "\n".join(passage.text for passage in extracted.passages)
    assert "Rights" not in said
    assert all(text in said for _, text in SLIDES)
    assert [p.heading_path for p in extracted.passages] == [(title,) for title, _ in SLIDES]


def test_a_background_does_not_swallow_the_picture_on_it(tmp_path: Path) -> None:
    extracted = extract_document(printed(tmp_path / "slides.pdf"))
    assert [(figure.page, figure.passages) for figure in extracted.figures] == [(2, (2,))]


def test_a_slide_of_titles_alone_is_read(tmp_path: Path) -> None:
    """Large steps below a title look like titles; a slide may have nothing else than its title."""
    canvas = Canvas(str(tmp_path / "deck.pdf"), pagesize=(720, 405))
    steps = ("1) Close the valve", "2) Empty the tank", "3) Clean the filter")
    for title, lines in [("Cleaning the pump", steps), ("What if it leaks?", ())]:
        canvas.setFont("Helvetica-Bold", 30)
        canvas.drawString(40, 350, title)
        for at, line in enumerate(lines):
            canvas.setFont("Helvetica-Bold", 24)
            canvas.drawString(40, 280 - 80 * at, line)
        canvas.showPage()
    for title, text in SLIDES:
        canvas.setFont("Helvetica-Bold", 30)
        canvas.drawString(40, 350, title)
        canvas.setFont("Helvetica", 14)
        canvas.drawString(40, 280, text)
        canvas.showPage()
    canvas.save()
    extracted = extract_document(tmp_path / "deck.pdf")
    said = "\n".join(" ".join((*one.heading_path, one.text)) for one in extracted.passages)
    assert [line for line in (*steps, "What if it leaks?") if line not in said] == []
