"""Pictures in documents that are no PDFs: which are shown, where, and which are read by OCR."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile
from zlib import crc32

import docx
import pytest
from docx.shared import Inches as WordInches
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.util import Inches

from engine.reading.ocr import tesseract
from tests import office
from tests.reading.test_slides import add_text, deck
from tests.reading.test_word import LONG, Read, read, text_of

__all__ = ["read"]
WRITTEN = (
    "Where rivers begin",
    "A spring is a place where groundwater comes to the surface of the land.",
    "Springs feed streams in every season, because groundwater moves slowly.",
    "An aquifer is a layer of rock or sand that holds groundwater.",
    "Rain that soaks into the soil refills the aquifer over many years.",
    "The temperature of a spring hardly changes between summer and winter.",
)


def photo(seed: int = 1, width: int = 400, height: int = 300) -> BytesIO:
    """A picture that is not empty; each seed gives another one."""
    file = BytesIO()
    image = Image.effect_mandelbrot((width, height), (-3, -2.5 + seed / 10, 2, 2.5), 100)
    image.save(file, "PNG")
    file.seek(0)
    return file


def written(lines: Sequence[str] = WRITTEN) -> BytesIO:
    """A picture of a printed page."""
    image = Image.new("L", (1700, 1100), 255)
    draw = ImageDraw.Draw(image)
    for at, line in enumerate(lines):
        font = ImageFont.load_default(64 if at == 0 else 44)
        draw.text((80, 80 + 130 * at + 40 * (at > 0)), line, fill=0, font=font)
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    return file


def picture_of(figure: Any) -> Image.Image:
    return Image.open(BytesIO(figure.picture))


def test_a_picture_of_a_slide_belongs_to_its_text(read: Read) -> None:
    made, slides = deck("Springs", "Deltas")
    for at, slide in enumerate(slides):
        add_text(slide, LONG, 1, 2)
        shape = slide.shapes.add_picture(photo(at), Inches(5), Inches(2), Inches(4))
        shape._element.nvPicPr.cNvPr.set("descr", f"A river, number {at}")
    extracted = read(office.saved(made), "a.pptx")
    assert [(f.page, f.passages, f.alternative) for f in extracted.figures] == [
        (1, (1,), "A river, number 0"),
        (2, (2,), "A river, number 1"),
    ]
    assert picture_of(extracted.figures[0]).size == (400, 300)
    assert extracted.warnings == ("2 pictures are shown in lessons; words in them are not read.",)


def test_formulas_that_are_small_pictures_are_named(read: Read) -> None:
    made, slides = deck("Springs", "Deltas")
    for slide in slides:
        add_text(slide, LONG, 1, 2)
    slides[1].shapes.add_picture(photo(1, 187, 40), Inches(1), Inches(5), Inches(2))
    extracted = read(office.saved(made), "a.pptx")
    (said,) = extracted.warnings
    assert said.startswith("Slide 2 has a small picture, such as a formula or a sign")


def test_pictures_within_lines_of_word_are_named(read: Read) -> None:
    document = docx.Document()
    document.add_heading("Maps", 1)
    document.add_paragraph(LONG)
    line = document.add_paragraph("Click on the ")
    line.add_run().add_picture(photo(1, 200, 100), height=WordInches(0.3))
    line.add_run(" tab, and wait until the map is shown.")
    (said, *_) = read(office.saved(document), "a.docx").warnings
    assert said.startswith("The section \u201cMaps\u201d has a picture within a line")


def test_ornaments_backgrounds_and_icons_of_slides_are_left_out(read: Read) -> None:
    made, slides = deck("Springs", "Deltas", "Lakes", "Seas")
    for slide in slides:
        add_text(slide, LONG, 1, 2)
        slide.shapes.add_picture(photo(), Inches(8), Inches(6), Inches(1.8))
    slides[0].shapes.add_picture(photo(2), 0, 0, made.slide_width, made.slide_height)
    slides[1].shapes.add_picture(photo(3), Inches(1), Inches(6), Inches(0.5))
    white = BytesIO()
    Image.new("RGB", (400, 300), "white").save(white, "PNG")
    slides[2].shapes.add_picture(white, Inches(5), Inches(2), Inches(4))
    extracted = read(office.saved(made), "a.pptx")
    assert (extracted.figures, extracted.warnings) == ((), ())


def test_what_is_cut_off_a_picture_is_not_shown(read: Read) -> None:
    made, (slide,) = deck("Springs")
    add_text(slide, LONG, 1, 2)
    shape = slide.shapes.add_picture(photo(), Inches(5), Inches(2), Inches(4))
    shape.crop_right, shape.crop_bottom = 0.5, 0.25
    (figure,) = read(office.saved(made), "a.pptx").figures
    assert picture_of(figure).size == (200, 225)


def test_a_picture_of_a_text_has_its_caption_and_belongs_to_what_names_it(read: Read) -> None:
    document = docx.Document()
    document.add_heading("Springs", 1)
    document.add_paragraph(LONG)
    document.add_picture(photo(), width=WordInches(4))
    document.add_paragraph("Figure 1: A spring", style="Caption")
    document.add_heading("Lakes", 1)
    document.add_paragraph(f"{LONG} As Figure 1 shows, water runs downhill.")
    document.add_heading("Seas", 1)
    document.add_picture(photo(2), width=WordInches(4))
    document.add_paragraph(LONG)
    extracted = read(office.saved(document), "a.docx")
    first, second = extracted.figures
    places = {passage.heading_path[0]: passage.position for passage in extracted.passages}
    assert (first.number, first.caption) == ("1", "Figure 1: A spring")
    assert set(first.passages) >= {places["Lakes"]}
    assert second.passages == (places["Seas"],)


@pytest.mark.slow
def test_pictures_of_books_are_shown(read: Read) -> None:
    chapter = f'<h1>Springs</h1><p>{LONG}</p><p><img src="images/a.png" alt="A spring"/></p>'
    nav = '<ol><li><a href="one.xhtml">Springs</a></li></ol>'
    book = office.epub({"one.xhtml": chapter}, nav)
    entry = next(name for name in ZipFile(BytesIO(book)).namelist() if name.endswith("one.xhtml"))
    folder = entry.removesuffix("one.xhtml")
    made = office.changed(book, {f"{folder}images/a.png": lambda _: photo().read()})
    (figure,) = read(made, "a.epub").figures
    assert (figure.alternative, figure.passages) == ("A spring", (1,))


def test_pictures_of_opendocument_texts_are_shown(read: Read) -> None:
    body = (
        f"<text:p>{LONG}</text:p><text:p>"
        '<draw:frame svg:width="8cm" svg:height="6cm"><draw:image xlink:href="Pictures/a.png"/>'
        "<svg:desc>A spring</svg:desc></draw:frame></text:p>"
    )
    data = office.open_document("text", body)
    made = office.changed(data, {"Pictures/a.png": lambda _: photo().read()})
    (figure,) = read(made, "a.odt").figures
    assert (figure.alternative, figure.passages) == ("A spring", (1,))


def test_a_drawing_that_cannot_be_drawn_is_said(read: Read) -> None:
    made, (slide,) = deck("Springs")
    add_text(slide, LONG, 1, 2)
    slide.shapes.add_picture(photo(), Inches(5), Inches(2), Inches(4))
    data = office.saved(made)
    broken = office.changed(data, {"ppt/media/image1.png": lambda _: b"\x01\0\0\0 a metafile"})
    (said,) = read(broken, "a.pptx").warnings
    assert said == (
        "1 picture cannot be drawn here and is not shown (slide 1). Save it as PNG or JPEG in the "
        "document."
    )


@pytest.mark.slow
@pytest.mark.skipif(tesseract() is None, reason="Tesseract is not installed")
def test_a_slide_that_is_a_picture_of_text_is_read_by_ocr(read: Read) -> None:
    made, (first,) = deck("Water on land")
    add_text(first, LONG, 1, 2)
    second = made.slides.add_slide(made.slide_layouts[6])
    second.shapes.add_picture(written(), Inches(0), Inches(0), Inches(10))
    extracted = read(office.saved(made), "a.pptx")
    assert "groundwater comes to the surface" in text_of(extracted)
    assert [v.page for v in extracted.verdicts if v.by_ocr] == [2]
    assert "Slide 2 holds pictures of text, read by OCR; check their text." in extracted.warnings


@pytest.mark.slow
@pytest.mark.skipif(tesseract() is None, reason="Tesseract is not installed")
def test_a_word_file_of_scans_is_read_by_ocr(read: Read) -> None:
    document = docx.Document()
    document.add_picture(written(), width=WordInches(6))
    extracted = read(office.saved(document), "a.docx")
    assert "An aquifer is a layer of rock or sand" in text_of(extracted)
    assert extracted.language == "en"


@pytest.mark.slow
def test_a_deck_of_photos_is_refused(read: Read) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    slide.shapes.add_picture(photo(), Inches(0), Inches(0), Inches(10))
    with pytest.raises(Exception, match="All text is in pictures") as refused:
        read(office.saved(made), "a.pptx")
    assert getattr(refused.value, "code", "") == "no_text"


def test_a_picture_that_claims_to_be_huge_is_not_unpacked(read: Read) -> None:
    made, (slide,) = deck("Springs")
    add_text(slide, LONG, 1, 2)
    slide.shapes.add_picture(photo(), Inches(5), Inches(2), Inches(4))
    data = office.saved(made)

    def enlarged(png: bytes) -> bytes:
        head = png[12:16] + (60_000).to_bytes(4, "big") * 2 + png[24:29]
        return png[:12] + head + crc32(head).to_bytes(4, "big") + png[33:]

    extracted = read(office.changed(data, {"ppt/media/image1.png": enlarged}), "a.pptx")
    assert extracted.figures == ()
    assert extracted.warnings[0].startswith("1 picture cannot be drawn here")
