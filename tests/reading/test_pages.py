"""Pages made for one rule each: tags, layers, footnotes, page numbers, slides, boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pikepdf
import pytest
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from engine.lessons.extractive.reading import Sentence
from engine.lessons.extractive.reading import read as sentences
from engine.lessons.schemas import SourcePassage
from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from engine.reading.layout import plain
from engine.reading.limits import PdfLimits
from engine.reading.pdf import read_pdf
from engine.reading.text import BREAK, kept_hyphens

WIDTH, HEIGHT = A4
Draw = Callable[[Canvas], None]
RIVER = (
    "A spring is a place where groundwater comes to the surface, and",
    "an aquifer is the layer of rock that holds it. Rain refills the",
    "aquifer slowly, and a spring may run through the longest drought.",
)
WHOLE = " ".join(RIVER)


def write(path: Path, pages: Iterable[Draw], size: tuple[float, float] = A4) -> Path:
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def lines(
    canvas: Canvas,
    texts: Iterable[str],
    *,
    x: float = 72,
    y: float = 700,
    size: float = 11,
    font: str = "Helvetica",
) -> float:
    canvas.setFont(font, size)
    for text in texts:
        canvas.drawString(x, y, text)
        y -= size * 1.3
    return y


def headings(extracted: ExtractedDocument) -> list[str]:
    return list(dict.fromkeys(p.heading_path[-1] for p in extracted.passages if p.heading_path))


def test_a_bold_line_of_the_texts_size_starts_the_references(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        y = 760.0
        for title in ("Springs", "Deltas", "References"):
            y = lines(canvas, [title], y=y, font="Helvetica-Bold")
            y = lines(canvas, RIVER, y=y) - 16

    extracted = extract_document(write(tmp_path / "a.pdf", [draw]))
    assert headings(extracted) == ["Springs", "Deltas", "References"]
    assert [p.matter for p in extracted.passages][-1] == DocumentPart.BIBLIOGRAPHY


def test_a_bold_word_in_a_list_of_definitions_is_no_heading(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        y = 760.0
        for term in ("Spring", "Delta", "Meander"):
            y = lines(canvas, [term], y=y, font="Helvetica-Bold")
            y = lines(canvas, RIVER, x=100, y=y) - 16

    assert headings(extract_document(write(tmp_path / "a.pdf", [draw]))) == []


def tagged(path: Path) -> Path:
    """A page whose lines look all alike, with the tags of two headings and of a picture."""
    kinds = ["H1", "P", "H2", "P"]
    texts = ["Springs", WHOLE[:70], "Aquifers", WHOLE[70:140]]
    content = b"BT /F1 11 Tf 72 700 Td 16 TL\n"
    for number, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
        content += f"/{kind} <</MCID {number}>> BDC ({text}) Tj EMC T*\n".encode()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=A4)
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        names = {key: pikepdf.Name(value) for key, value in font.items()}
        page.Resources = pikepdf.Dictionary(Font={"/F1": pikepdf.Dictionary(names)})
        picture = b"ET /Figure <</MCID 4>> BDC 72 500 90 90 re f EMC"
        page.Contents = document.make_stream(content + picture)
        page.StructParents = 0
        root = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
        elements = [
            document.make_indirect(
                pikepdf.Dictionary(S=pikepdf.Name("/" + kind), P=root, Pg=page.obj, K=number)
            )
            for number, kind in enumerate(kinds)
        ]
        figure = pikepdf.Dictionary(
            S=pikepdf.Name.Figure, P=root, Pg=page.obj, K=4, Alt="A spring in the hills"
        )
        elements.append(document.make_indirect(figure))
        root.K = pikepdf.Array(elements)
        root.ParentTree = pikepdf.Dictionary(Nums=[0, pikepdf.Array(elements)])
        document.Root.StructTreeRoot = root
        document.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        document.Root.Lang = pikepdf.String("de-AT")
        document.save(path)
    return path


def test_tags_name_headings_pictures_and_the_language(tmp_path: Path) -> None:
    path = tagged(tmp_path / "a.pdf")
    content = read_pdf(path, PdfLimits())
    assert [line.tag for line in content.pages[0].lines] == ["H1", "", "H2", ""]
    assert [one.said for one in content.pages[0].drawings] == ["A spring in the hills"]
    assert content.language == "de-AT"
    extracted = extract_document(path)
    assert [p.heading_path for p in extracted.passages] == [
        ("Springs",),
        ("Springs", "Aquifers"),
    ]


def layered(path: Path, *, packed: bool) -> Path:
    """Text on a layer that is shown, and on a hidden one: marked, in a form, in a group."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=A4)
        layers = [
            document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=name))
            for name in ("Text", "Answers")
        ]
        group = document.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.OCMD, OCGs=pikepdf.Array([layers[1]]))
        )
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        resources = pikepdf.Dictionary(Font={"/F1": font})
        form = document.make_stream(b"BT /F1 11 Tf 72 600 Td (Answer in a form.) Tj ET")
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        form.BBox, form.Resources = pikepdf.Array([0, 0, 595, 842]), resources
        form.OC = layers[1]
        page.Resources = pikepdf.Dictionary(
            Font={"/F1": font},
            XObject={"/X1": form},
            Properties={"/L0": layers[0], "/L1": layers[1], "/L2": group},
        )
        page.Contents = document.make_stream(
            b"/OC /L0 BDC BT /F1 11 Tf 72 700 Td (A spring is a place.) Tj ET EMC\n"
            b"/OC /L1 BDC BT /F1 11 Tf 72 680 Td (Answer on a layer.) Tj ET EMC\n"
            b"/OC /L2 BDC BT /F1 11 Tf 72 660 Td (Answer in a group.) Tj ET 9 9 9 9 re f EMC\n"
            b"/X1 Do BT /F1 11 Tf 72 640 Td (A delta is a plain.) Tj ET"
        )
        document.Root.OCProperties = pikepdf.Dictionary(
            OCGs=pikepdf.Array(layers), D=pikepdf.Dictionary(OFF=pikepdf.Array([layers[1]]))
        )
        mode = pikepdf.ObjectStreamMode
        document.save(path, object_stream_mode=mode.generate if packed else mode.disable)
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_what_hidden_layers_hold_is_not_read(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    extracted = extract_document(layered(tmp_path / "a.pdf", packed=packed))
    (passage,) = extracted.passages
    assert passage.text.split("\n\n") == ["A spring is a place.", "A delta is a plain."]
    assert extracted.warnings == ()


def test_hidden_layers_that_cannot_be_left_out_are_named(tmp_path: Path) -> None:
    limits = PdfLimits(max_bytes=50)  # of the copy, which is larger
    extracted = extract_document(layered(tmp_path / "a.pdf", packed=False), limits=limits)
    (warning,) = extracted.warnings
    assert "hidden layers that could not be left out" in warning


def test_a_footnote_is_apart_and_linked_to_the_passage_that_points_to_it(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, RIVER)
        canvas.setFont("Helvetica", 7)
        end = 72 + canvas.stringWidth(RIVER[2], "Helvetica", 11)
        canvas.drawString(end, 700 - 2 * 14.3 + 4, "1")
        lines(canvas, ["1 In the desert it may run for years."], y=80, size=8)

    text, note = extract_document(write(tmp_path / "a.pdf", [draw])).passages
    assert text.text == WHOLE
    assert text.notes == ("1 In the desert it may run for years.",)
    assert (note.text, note.matter) == (text.notes[0], DocumentPart.BIBLIOGRAPHY)


def numbered(number: str) -> Draw:
    def draw(canvas: Canvas) -> None:
        lines(canvas, [f"Sheet {number} has a sentence of its own.", *RIVER])
        canvas.drawCentredString(WIDTH / 2, 30, number)

    return draw


def test_the_printed_number_of_a_page_is_its_label(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [numbered(str(n)) for n in range(207, 213)])
    labels = [p.label_from for p in extract_document(path).passages]
    assert labels[0] == "207"
    assert set(labels) <= {str(n) for n in range(207, 213)}


def spread(left: int) -> Draw:
    def draw(canvas: Canvas) -> None:
        lines(canvas, [f"Sheet {left} has a sentence of its own.", *RIVER], x=40, y=500)
        lines(canvas, [f"Sheet {left + 1} has another one.", *RIVER], x=460, y=500)
        canvas.drawString(200, 20, str(left))
        canvas.drawString(620, 20, str(left + 1))

    return draw


def test_a_sheet_with_two_printed_pages_has_both_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", [spread(n) for n in (12, 14, 16, 18)], landscape(A4))
    extracted = extract_document(path)
    assert extracted.passages[0].label_from == "12-13"
    text = "\n\n".join(p.text for p in extracted.passages)
    assert text.index("Sheet 12") < text.index("Sheet 13") < text.index("Sheet 14")
    assert WHOLE in text


def slide(title: str, bullets: Iterable[str]) -> Draw:
    def draw(canvas: Canvas) -> None:
        lines(canvas, [title], x=40, y=500, size=28)
        lines(canvas, [f"\u2022 {bullet}" for bullet in bullets], x=40, y=440, size=18)

    return draw


def test_a_title_that_the_next_slide_repeats_is_one_heading(tmp_path: Path) -> None:
    pages = [
        slide("Springs", ["Water comes out here.", "Rain refills them."]),
        slide("Springs", ["Some of them are hot.", "Some of them are salty."]),
        slide("Deltas", ["A river meets the sea.", "Sand and mud settle."]),
    ]
    passages = extract_document(write(tmp_path / "a.pdf", pages, landscape(A4))).passages
    assert [p.heading_path for p in passages] == [("Springs",), ("Deltas",)]
    assert "salty" in passages[0].text


def test_a_page_that_is_written_upwards_is_turned(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        lines(canvas, RIVER, x=100, y=400)

    (passage,) = extract_document(write(tmp_path / "a.pdf", [draw])).passages
    assert passage.text == WHOLE


def test_a_box_is_read_after_the_paragraph_that_it_interrupts(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, RIVER[:2])
        canvas.rect(70, 600, 300, 60)
        lines(canvas, ["Did you know? Some springs are", "hot enough to cook an egg."], x=80, y=640)
        lines(canvas, RIVER[2:], y=570)

    (passage,) = extract_document(write(tmp_path / "a.pdf", [draw])).passages
    box = "Did you know? Some springs are hot enough to cook an egg."
    assert passage.text.split("\n\n") == [WHOLE, box]


@pytest.mark.parametrize(
    ("lines_of_text", "kept"),
    [
        (["with high self" + BREAK, "esteem"], {"self-esteem"}),
        (["that pupils lose con" + BREAK, "centration"], set()),
        (["a well-", "known exercise"], {"well-known"}),
        (["the six" + BREAK, "teen pupils"], set()),
    ],
)
def test_a_hyphen_belongs_where_only_the_halves_are_words(
    lines_of_text: list[str], kept: set[str]
) -> None:
    assert kept_hyphens(lines_of_text, "en") == kept
    assert kept_hyphens(lines_of_text, "de") == frozenset()


@pytest.mark.parametrize(
    ("coded", "text"),
    [
        ("De\x1cnition", "Definition"),
        ("Begri\x1b", "Begriff"),
        ("e\x0ecient", "efficient"),
        ("a\x00b\x07c", "abc"),
        ("\ud835\udc65 is", "\U0001d465 is"),
    ],
)
def test_control_codes_of_tex_fonts_are_ligatures_in_words(coded: str, text: str) -> None:
    assert plain(coded) == text


def test_the_number_of_a_paragraph_is_no_part_of_its_sentence() -> None:
    text = "1. A spring is a place.\n\n2.3 A delta is a plain.\n\n1906 was a year of floods."
    passage = SourcePassage(1, 1, 1, 1, 1, "1", "1", (), text, PassageKind.PROSE)
    found = [piece.text for piece in sentences([passage], "en") if isinstance(piece, Sentence)]
    assert found == ["A spring is a place.", "A delta is a plain.", "1906 was a year of floods."]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["s06-boxes", "s21-columns-by-rows", "s47-frames-out-of-order"])
def test_a_file_is_read_alike_each_time(name: str) -> None:
    path = Path(__file__).parent / "cases" / f"{name}.pdf"
    first, *others = [extract_document(path, limits=PdfLimits(child_pages=n)) for n in (1, 2, 50)]
    assert others == [first, first]


def test_much_text_across_the_page_is_read_after_the_rest(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, [*RIVER, *RIVER, *RIVER])
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        lines(canvas, [f"Deltas: {line}" for line in (*RIVER, *RIVER)], x=100, y=200)
        lines(canvas, ["Deltas"], x=700, y=40)

    (passage,) = extract_document(write(tmp_path / "a.pdf", [draw])).passages
    assert passage.text.count(WHOLE) == 3
    assert passage.text.index("Deltas") > passage.text.rindex(WHOLE)


def test_the_numbers_of_a_tables_rows_stay(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for row, name in enumerate(("Nile of Egypt and Sudan", "Rhine", "Danube", "Volga"), 1):
            lines(canvas, [str(row)], x=60, y=700 - 20 * row)
            lines(canvas, [f"{name}, a long river"], x=90, y=700 - 20 * row)

    (passage,) = extract_document(write(tmp_path / "a.pdf", [draw])).passages
    assert "2 Rhine, a long river" in passage.text
