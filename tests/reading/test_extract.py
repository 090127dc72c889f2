"""What the reader makes of real pages: order, structure, furniture, tables, languages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import (
    DocumentPart,
    DocumentRejectedError,
    ExtractedDocument,
    PassageKind,
)
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from tests.pdfs import make_pdf

WIDTH, HEIGHT = A4
Draw = Callable[[Canvas], None]
RIVER = [
    "A spring is a place where groundwater comes to the surface, and",
    "an aquifer is the layer of rock that holds it. Rain refills the",
    "aquifer slowly, and a spring may run through the longest drought.",
]


def write(path: Path, pages: Iterable[Draw]) -> Path:
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def lines(
    canvas: Canvas, texts: Iterable[str], x: float = 72, y: float = 700, size: float = 11
) -> float:
    canvas.setFont("Helvetica", size)
    for text in texts:
        canvas.drawString(x, y, text)
        y -= size * 1.3
    return y


def prose(texts: Iterable[str], y: float = 700) -> Draw:
    def draw(canvas: Canvas) -> None:
        lines(canvas, texts, y=y)

    return draw


def read(path: Path, **limits: int) -> ExtractedDocument:
    return extract_document(path, limits=PdfLimits(**limits))


def body(extracted: ExtractedDocument) -> str:
    return "\n".join(p.text for p in extracted.passages if p.matter == DocumentPart.BODY)


def test_paragraphs_are_joined_from_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [prose(RIVER)])
    (passage,) = read(path).passages
    assert passage.text == " ".join(RIVER)
    assert (passage.page_from, passage.page_to, passage.label_from) == (1, 1, "1")


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["The left column is read", "first, down to its end,", "as a person would."]
    right = ["The right column follows", "when the left one is done,", "and not line by line."]

    def draw(canvas: Canvas) -> None:
        lines(canvas, left, x=60)
        lines(canvas, right, x=320)

    text = body(read(write(tmp_path / "a.pdf", [draw])))
    assert " ".join(left) in text
    assert " ".join(right) in text
    assert text.index("first") < text.index("follows")


def with_head(number: int) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, 800, f"A book about rivers, chapter {number // 3}")
        canvas.drawCentredString(WIDTH / 2, 30, f"Page {number}")
        lines(canvas, [f"Number {number} is the page on which this sentence stands alone."])

    return draw


def test_running_heads_and_page_numbers_are_dropped(tmp_path: Path) -> None:
    text = body(read(write(tmp_path / "a.pdf", [with_head(n) for n in range(1, 7)])))
    assert "A book about rivers" not in text
    assert "Page 3" not in text
    assert "Number 3 is the page" in text


def chapters(numbers: Iterable[int], *, first: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        y = first
        for number in numbers:
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, y, f"Chapter {number}")
            y = lines(canvas, [f"Answer {number}{n} is the letter b." for n in "abcdef"], y=y - 30)
            y -= 30

    return draw


def test_headings_that_count_are_no_running_heads(tmp_path: Path) -> None:
    """Three of six begin a page, as those of an answer key do."""
    pages = [chapters([n, n + 1], first=790) for n in (1, 3, 5)]
    found = read(write(tmp_path / "a.pdf", pages)).passages
    assert [p.heading_path for p in found] == [(f"Chapter {n}",) for n in range(1, 7)]


def test_a_paragraph_goes_on_over_a_page_break(tmp_path: Path) -> None:
    pages = [prose(RIVER[:2], y=100), prose(RIVER[2:], y=760)]
    (passage,) = read(write(tmp_path / "a.pdf", pages)).passages
    assert passage.text == " ".join(RIVER)
    assert (passage.page_from, passage.page_to) == (1, 2)


def chapter(title: str, *, bookmark: bool) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11 if bookmark else 18)
        canvas.drawString(72, 740, title)
        if bookmark:
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, 0)
        lines(canvas, RIVER)

    return draw


@pytest.mark.parametrize("bookmark", [True, False])
def test_headings_come_from_bookmarks_or_else_from_size(tmp_path: Path, bookmark: bool) -> None:  # noqa: FBT001 - a parameter of the test
    titles = ["1 Springs", "2 Deltas", "3 Meanders"]
    pages = [chapter(title, bookmark=bookmark) for title in titles]
    extracted = read(write(tmp_path / "a.pdf", pages))
    assert [passage.heading_path for passage in extracted.passages] == [(t,) for t in titles]
    assert all(passage.text == " ".join(RIVER) for passage in extracted.passages)


def test_matter_is_told_by_its_heading(tmp_path: Path) -> None:
    titles = ["Preface", "1 Springs", "2 Deltas", "References", "Index", "Licence"]
    pages = [chapter(title, bookmark=True) for title in titles]
    extracted = read(write(tmp_path / "a.pdf", pages))
    assert [passage.matter for passage in extracted.passages] == [
        DocumentPart.FRONT,
        DocumentPart.BODY,
        DocumentPart.BODY,
        DocumentPart.BIBLIOGRAPHY,
        DocumentPart.INDEX,
        DocumentPart.LICENCE,
    ]


def test_a_printed_table_of_contents_is_no_text(tmp_path: Path) -> None:
    entries = [f"{n} Chapter number {n} {'. ' * 20} {n * 7}" for n in range(1, 9)]
    pages = [prose(entries), prose(RIVER)]
    extracted = read(write(tmp_path / "a.pdf", pages))
    assert [passage.matter for passage in extracted.passages] == [
        DocumentPart.CONTENTS,
        DocumentPart.BODY,
    ]


def table(canvas: Canvas) -> None:
    lines(canvas, RIVER, y=760)
    for row, cells in enumerate([("River", "Length"), ("Nile", "6650 km"), ("Rhine", "1230 km")]):
        for column, cell in enumerate(cells):
            x, y = 72 + 150 * column, 640 - 20 * row
            canvas.rect(x, y, 150, 20)
            canvas.drawString(x + 4, y + 6, cell)


def test_a_ruled_table_stays_a_table_and_stands_once(tmp_path: Path) -> None:
    extracted = read(write(tmp_path / "a.pdf", [table]))
    (found,) = [p for p in extracted.passages if p.kind == PassageKind.TABLE]
    assert found.text.splitlines() == [
        "| River | Length |",
        "| --- | --- |",
        "| Nile | 6650 km |",
        "| Rhine | 1230 km |",
    ]
    assert sum("6650" in passage.text for passage in extracted.passages) == 1


def test_lists_and_code_are_kept_apart_from_prose(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        y = lines(canvas, ["A river has three parts that everybody can name at once:"])
        y = lines(canvas, ["\u2022 the source", "\u2022 the course", "\u2022 the mouth"], y=y - 8)
        canvas.setFont("Courier", 10)
        canvas.drawString(80, y - 20, "flow = area * speed")

    extracted = read(write(tmp_path / "a.pdf", [draw]))
    text = body(extracted)
    assert "- the source\n- the course\n- the mouth" in text
    (code,) = [p for p in extracted.passages if p.kind == PassageKind.CODE]
    assert code.text == "flow = area * speed"


def font(name: str) -> str:
    """A font with more than Latin letters, of those that reportlab brings or Debian has."""
    path = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if path is None:
        pytest.skip("DejaVu Sans is not installed")
    pdfmetrics.registerFont(TTFont(name, str(path)))
    return name


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Река течёт к морю, и вода в ней никогда не стоит на месте.", "ru"),
        ("Der Fluss fließt zum Meer, und das Wasser in ihm steht niemals still.", "de"),
        ("La rivière coule vers la mer, et l'eau qui est dans son lit ne dort jamais.", "fr"),
        ("El río corre hacia el mar, y el agua que lleva no se detiene nunca.", "es"),
    ],
)
def test_other_scripts_and_languages_are_read_and_named(
    tmp_path: Path, sentence: str, language: str
) -> None:
    name = font("DejaVu")

    def draw(canvas: Canvas) -> None:
        canvas.setFont(name, 11)
        for row in range(6):
            canvas.drawString(60, 700 - 15 * row, sentence)

    extracted = read(write(tmp_path / "a.pdf", [draw]))
    assert sentence in body(extracted)
    assert extracted.language == language


def scan(canvas: Canvas) -> None:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1240, 1754), 255)
    brush = ImageDraw.Draw(picture)
    for row, text in enumerate(RIVER):
        brush.text((120, 200 + 60 * row), text, fill=0, font=ImageFont.load_default(34))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    canvas.drawImage(ImageReader(buffer), 0, 0, WIDTH, HEIGHT)


def test_scans_are_reported_by_number_where_there_is_no_tesseract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    path = write(tmp_path / "a.pdf", [prose(RIVER), scan])
    extracted = read(path)
    assert extracted.scanned_pages == (2,)
    assert any("Pages 2 " in warning for warning in extracted.warnings)
    with pytest.raises(DocumentRejectedError, match="Tesseract") as caught:
        read(write(tmp_path / "b.pdf", [scan]))
    assert caught.value.code == "no_text"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_scans_are_read_where_tesseract_is_installed(tmp_path: Path) -> None:
    extracted = read(write(tmp_path / "a.pdf", [scan]))
    assert "groundwater comes to the surface" in body(extracted)
    assert any("OCR" in warning for warning in extracted.warnings)


def test_a_document_of_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [prose(["Water is wet."])])
    assert [passage.text for passage in read(path).passages] == ["Water is wet."]


def test_an_empty_page_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(DocumentRejectedError) as caught:
        read(write(tmp_path / "a.pdf", [lambda _canvas: None]))
    assert caught.value.code == "no_text"


@pytest.mark.slow
def test_five_hundred_pages_and_their_progress(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [with_head(n) for n in range(1, 501)])
    told: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        told.append((done, total))

    extracted = extract_document(path, on_progress=report)
    assert extracted.pages == 500
    assert told[-1] == (500, 500)
    assert told == sorted(told)
    assert body(extracted).count("is the page on which") == 500


@pytest.mark.slow
def test_three_thousand_nearly_empty_pages(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.pdf",
        [prose([f"Leaf {n}."]) for n in range(3000)],
    )
    assert read(path).pages == 3000
    with pytest.raises(DocumentRejectedError, match="3000 pages; the limit is 2999") as caught:
        read(path, max_pages=2999)
    assert caught.value.code == "too_many_pages"


class StopHere(Exception):  # noqa: N818 - not an error
    pass


def test_what_the_progress_raises_ends_the_reading_and_its_children(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [with_head(n) for n in range(1, 301)])

    def stop(_done: int, _total: int) -> None:
        raise StopHere

    with pytest.raises(StopHere):
        extract_document(path, on_progress=stop)
    assert not [c for c in psutil.Process().children() if "pdf_child" in " ".join(c.cmdline())]


def test_passages_are_of_moderate_size_and_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf([("Long", "A river runs to the sea and never back. " * 200)]))
    passages = read(path).passages
    assert [passage.position for passage in passages] == list(range(1, len(passages) + 1))
    assert all(len(passage.text.split()) <= 220 for passage in passages)
    assert sum(len(passage.text.split()) for passage in passages) == 1800
