"""Pictures and drawings of pages become figures with captions; what decorates is left out."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import ExtractedDocument
from engine.reading.drawings import Drawing
from engine.reading.extract import extract_document
from engine.reading.figures import find_figures
from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page
from engine.reading.pdf import read_pdf
from engine.reading.report import as_data, as_markdown
from profai.environment import BASE_DIR
from tests.reading.courses import read

TEXT = (
    "A spring is a place where groundwater comes to the surface of the land.",
    "Springs feed streams in every season, because groundwater moves slowly.",
    "An aquifer is a layer of rock or sand that holds groundwater for years.",
)
Draw = Callable[[Canvas], None]


def picture(size: tuple[int, int] = (200, 120)) -> ImageReader:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((20, 20, 100, 90), fill="navy")
    return ImageReader(image)


def pdf(path: Path, *pages: Draw) -> Path:
    canvas = Canvas(str(path), pagesize=(595, 842))
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        for row, line in enumerate(TEXT):
            canvas.drawString(72, 780 - 14 * row, line)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def extracted(tmp_path: Path, *pages: Draw) -> ExtractedDocument:
    return extract_document(pdf(tmp_path / "a.pdf", *pages))


def with_caption(canvas: Canvas, words: str, at: float = 560) -> None:
    canvas.drawImage(picture(), 150, at + 20, 200, 120)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(150, at, words)


def drawing(canvas: Canvas) -> None:
    for step in range(8):
        canvas.line(160 + 20 * step, 500, 170 + 20 * step, 560 + 5 * step)
    canvas.rect(150, 490, 200, 120)


def test_a_picture_has_its_caption_number_and_page(tmp_path: Path) -> None:
    figures = extracted(tmp_path, lambda c: with_caption(c, "Figure 1: A spring in chalk.")).figures
    assert [(f.page, f.number, f.caption) for f in figures] == [
        (1, "1", "Figure 1: A spring in chalk.")
    ]
    seen = Image.open(BytesIO(figures[0].picture))
    assert (seen.format, seen.size) == ("WEBP", (figures[0].width, figures[0].height))
    left, top, right, bottom = figures[0].box
    assert abs(left - 10_000 * 147 / 595) < 20
    assert abs(right - 10_000 * 353 / 595) < 20
    assert bottom - top == pytest.approx(10_000 * 126 / 842, abs=20)


@pytest.mark.parametrize(
    ("caption", "number"),
    [
        ("Fig. 2.3 The layers", "2.3"),
        ("Abbildung 4: Eine Quelle", "4"),
        ("Figura 5. Un manantial", "5"),
        ("Figure A.1: In the appendix", "A.1"),
        ("Figure 7", "7"),
    ],
)
def test_captions_of_many_kinds(tmp_path: Path, caption: str, number: str) -> None:
    figures = extracted(tmp_path, lambda c: with_caption(c, caption)).figures
    assert [figure.number for figure in figures] == [number]


def test_a_drawing_of_lines_is_a_figure(tmp_path: Path) -> None:
    figures = extracted(tmp_path, drawing).figures
    assert [(f.page, f.caption, bool(f.picture)) for f in figures] == [(1, "", True)]


def test_the_words_of_a_drawing_are_its_labels_and_no_text() -> None:
    document = read("s36-figure-labels")
    assert [figure.number for figure in document.figures] == ["1", "2", "3"]
    assert all("septum" in figure.labels for figure in document.figures)
    assert all("pulmonary artery" not in p.text for p in document.passages)


def test_labels_leave_the_text_where_there_is_no_caption(tmp_path: Path) -> None:
    def labelled(canvas: Canvas) -> None:
        drawing(canvas)
        canvas.drawString(170, 580, "chalk layer")

    document = extracted(tmp_path, labelled)
    assert document.figures[0].labels == ("chalk layer",)
    assert all("chalk layer" not in passage.text for passage in document.passages)


def test_the_box_of_a_figure_takes_no_paragraph_beside_it() -> None:
    beside = [
        "A spring is a place where the water of",
        "the ground comes out by itself. It lies",
        "where a layer that lets water through is",
        "met by one that keeps all of it back.",
    ]

    def line(text: str, x: float, y: float, size: float) -> Line:
        return Line(text, size, False, False, x, y, x + size / 2 * len(text), y + size)

    lines = [line(text, 300, 700 - 14 * number, 11) for number, text in enumerate(beside)]
    lines += [line("chalk layer", 90, 640, 8), line("Figure 1: A spring.", 80, 580, 11)]
    drawing = Drawing(72, 595, 502, 725, pictures=1)
    page = Page(1, 595, 842, 0.2, 9, False, lines, [], False, drawings=[drawing])
    (figure,) = find_figures([page])
    assert figure.labels == ["chalk layer"]
    assert [line.label for line in lines] == [False] * 4 + [True, False]


def test_a_figure_belongs_to_what_names_it(tmp_path: Path) -> None:
    def names(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Figure 1 shows the layers, and Figure 12 shows no spring.")

    def heading(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 820, "Springs in chalk")

    def second(canvas: Canvas) -> None:
        heading(canvas)
        with_caption(canvas, "Figure 1: A spring.")

    document = extracted(tmp_path, names, second)
    figure = document.figures[0]
    owners = [p for p in document.passages if p.position in figure.passages]
    assert {p.page_from for p in owners} == {1, 2}
    assert all("Figure 1" in p.text for p in owners)


def test_without_a_number_it_belongs_to_the_text_above() -> None:
    document = extract_document(BASE_DIR / "samples" / "water-on-earth.pdf")
    figure = document.figures[0]
    owner = next(p for p in document.passages if p.position == figure.passages[0])
    assert figure.caption in owner.text


def test_what_repeats_decorates_and_frames_is_left_out(tmp_path: Path) -> None:
    def decorated(canvas: Canvas) -> None:
        canvas.drawImage(picture(), 400, 600, 120, 90)  # the same on each page
        canvas.drawImage(picture((20, 20)), 100, 600, 20, 20)  # a bullet
        canvas.line(72, 750, 523, 750)
        canvas.rect(60, 740, 480, 60)  # around the text

    assert extracted(tmp_path, decorated, decorated, decorated).figures == ()


def test_backgrounds_tables_and_empty_pictures_are_left_out(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillGray(0.98)
        canvas.rect(0, 0, 595, 720, fill=1, stroke=0)
        canvas.drawImage(ImageReader(Image.new("RGB", (90, 90), "white")), 100, 500, 90, 90)
        canvas.setFillGray(0)
        for row in range(4):
            for column in range(3):
                canvas.rect(100 + 120 * column, 300 + 24 * row, 120, 24)
                canvas.drawString(105 + 120 * column, 306 + 24 * row, f"cell {row} {column}")

    document = extracted(tmp_path, page)
    assert document.figures == ()
    assert any("cell 1 1" in p.text for p in document.passages)


def test_parts_side_by_side_are_one_figure(tmp_path: Path) -> None:
    def pair(canvas: Canvas) -> None:
        canvas.drawImage(picture(), 100, 580, 150, 90)
        canvas.drawImage(picture((210, 120)), 270, 580, 150, 90)
        canvas.setFont("Helvetica", 9)
        canvas.drawString(120, 560, "Figure 3: Before and after.")

    figures = extracted(tmp_path, pair).figures
    assert len(figures) == 1
    assert figures[0].box[2] - figures[0].box[0] > 10_000 * 300 / 595


def test_a_caption_above_its_figure_is_found(tmp_path: Path) -> None:
    def above(canvas: Canvas) -> None:
        canvas.drawString(150, 690, "Figure 4: A spring in winter.")
        canvas.drawImage(picture(), 150, 560, 200, 120)

    assert [figure.number for figure in extracted(tmp_path, above).figures] == ["4"]


def test_how_many_are_drawn_is_limited(tmp_path: Path) -> None:
    path = pdf(
        tmp_path / "a.pdf",
        *(lambda c, n=n: with_caption(c, f"Figure {n}: A spring.", 300 + 20 * n) for n in range(5)),
    )
    assert len(extract_document(path, limits=PdfLimits(figures=2)).figures) == 2
    assert len(find_figures(read_pdf(path, PdfLimits()).pages)) == 5


def test_the_report_lists_figures() -> None:
    document = read("s36-figure-labels")
    assert "| 1 | 1 | 1 | Figure 1." in as_markdown(document)
    assert as_data(document)["figures"][0]["picture"] == len(document.figures[0].picture)
