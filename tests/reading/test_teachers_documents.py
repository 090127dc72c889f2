"""Kinds of pages that teachers have: titles on bars, listings, buttons within lines, word lists."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.colors import navy
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from engine.reading.document import Doubt, PassageKind
from engine.reading.fonts import name_lost_letters
from engine.reading.layout import plain
from engine.reading.pages import Line, Page
from engine.reading.text import clean
from tests.reading.test_cards_and_code import SLIDE, Sheet, text_of

PAPER = (595.0, 842.0)
LONG = (
    "Water that falls on the hills runs down in small brooks, which meet in the",
    "valley and form a river; where the ground is soft, the river digs its bed",
    "deeper from year to year, and takes sand and stones with it to the sea.",
)


def paths(sheet: Sheet) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(passage.heading_path for passage in sheet.read().passages))


def slide(sheet: Sheet, title: str, *lines: str) -> None:
    """Draws a slide whose title stands on a bar and is drawn last."""
    canvas = sheet.canvas
    sheet.at(40, 400, *lines, size=14)
    canvas.setFillColor(navy)
    canvas.rect(0, 480, SLIDE[0], 60, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    sheet.at(20, 500, title, size=22)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.showPage()


def test_titles_on_bars_are_those_of_their_slides(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf")
    slide(sheet, "Springs", "Water comes out of the rock", *LONG[:2])
    slide(sheet, "Deltas", *LONG)
    slide(sheet, "Lakes", *LONG)
    assert paths(sheet) == [("Springs",), ("Deltas",), ("Lakes",)]


def test_a_title_that_several_slides_have_stays_their_title(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf")
    titles = ("Rivers", "Rivers", "Rivers", "Rivers", "Lakes", "Seas") * 2
    for title, word in zip(titles, " ".join(LONG).split(), strict=False):
        slide(sheet, title, f"Of {word} the next lesson tells more than this one.")
    document = sheet.read()
    found = [passage.heading_path for passage in document.passages]
    assert list(dict.fromkeys(found)) == [("Rivers",), ("Lakes",), ("Seas",)]
    assert "Rivers" not in text_of(document)


def test_a_line_of_a_slide_does_not_go_on_on_the_next_slide(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf")
    slide(sheet, "Rivers", "Brooks meet")
    slide(sheet, "Rivers", "Stones wear down")
    assert text_of(sheet.read()).split("\n") == ["Brooks meet", "", "Stones wear down"]


def test_one_column_is_read_from_above_whatever_was_drawn_last(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 700, "Rivers run to the sea, and end there in most cases.", size=11)
    sheet.at(60, 640, "Lakes stand still, and lose water to the air only.", size=11)
    sheet.at(60, 580, "Seas are salt, because rivers bring salt to them.", size=11)
    sheet.at(60, 670, "A delta is the end of a river that brings much sand.", size=11)
    sheet.at(60, 760, "Of water on land, these pages tell what a map shows.", size=11)
    found = text_of(sheet.read()).split()
    places = [found.index(word) for word in ("map", "Rivers", "delta", "Lakes", "Seas")]
    assert places == sorted(places)


def test_numbers_of_the_lines_of_a_listing_are_left_out(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 760, "The loop below adds up what each of the rivers brings.", size=11)
    code = ("total = 0", "for river in rivers:", "    total += river.flow", "print(total)")
    for number, line in enumerate(code, 1):
        sheet.at(48, 720 - 13 * number, str(number), size=6)
        sheet.at(60, 720 - 13 * number, line, font="Courier", size=10)
    assert text_of(sheet.read(), PassageKind.CODE) == "\n".join(code)


def test_numbers_of_items_are_kept_where_they_name_commands(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    for number, line in enumerate(("Open the file", "Write the name", "Save the file"), 1):
        sheet.at(60, 720 - 16 * number, f"{number}.", size=11)
        sheet.at(75, 720 - 16 * number, f"{line} with", size=11)
        sheet.at(190, 720 - 16 * number, "save()", font="Courier", size=11)
    assert "2. Write the name with save()" in text_of(sheet.read())


def button() -> ImageReader:
    data = BytesIO()
    Image.new("RGB", (60, 30), "navy").save(data, "PNG")
    return ImageReader(BytesIO(data.getvalue()))


def test_pictures_within_lines_are_doubted_and_break_no_item(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 720, "1. Open the map and look for the spring of the river", size=11)
    sheet.at(75, 706, "that you have chosen, then", size=11)
    sheet.at(75, 676, "click on", size=11)
    sheet.canvas.drawImage(button(), 122, 674, 44, 22)
    sheet.at(170, 676, "and wait until the map is shown.", size=11)
    sheet.at(60, 662, "2. Draw the river from its spring to its mouth on paper.", size=11)
    document = sheet.read()
    assert document.verdicts[0].doubts == (Doubt.PICTURES,)
    assert any("pictures within lines" in warning for warning in document.warnings)
    assert "then click on and wait until the map is shown." in text_of(document)


def test_pictures_that_may_hold_words_are_named(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 780, *LONG, size=11)
    data = BytesIO()
    Image.effect_mandelbrot((300, 200), (-3, -2.5, 2, 2.5), 100).save(data, "PNG")
    sheet.canvas.drawImage(ImageReader(BytesIO(data.getvalue())), 100, 400, 300, 200)
    document = sheet.read()
    assert len(document.figures) == 1
    assert document.warnings == (
        "1 picture is shown in lessons; words in it are not read (pages 1).",
    )


def test_a_picture_beside_text_is_not_doubted(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 720, *LONG, size=11)
    sheet.canvas.drawImage(button(), 500, 640, 44, 22)
    assert sheet.read().verdicts[0].doubts == ()


def test_numbers_close_to_their_items_begin_items(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    for number in range(8, 13):
        close = "" if number > 9 else " "
        sheet.at(66 if number < 10 else 60, 900 - 26 * number, f"{number}.{close}Go on", size=11)
        sheet.at(78, 886 - 26 * number, f"to place {number} on the map", size=11)
    found = text_of(sheet.read()).split("\n")
    assert found[-3:] == [f"{n}. Go on to place {n} on the map" for n in (10, 11, 12)]


def lesson(sheet: Sheet, top: float, title: str, *lines: str) -> None:
    sheet.at(60, top, title, font="Helvetica-Bold", size=11)
    sheet.at(60, top - 30, *lines, size=11)


def test_titles_above_lists_and_at_the_end_of_a_page_are_titles(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    lesson(sheet, 780, "Springs and brooks", *LONG)
    lesson(sheet, 680, "What you need")
    for row, item in enumerate(("a map of the land", "a pencil", "a sheet of paper")):
        sheet.at(90, 650 - 16 * row, f"{row + 1}. {item}", size=11)
    lesson(sheet, 560, "Deltas and mouths", *LONG)
    lesson(sheet, 100, "Lakes and seas")
    sheet.canvas.showPage()
    sheet.at(60, 780, *LONG, size=11)
    assert paths(sheet) == [
        *(("Springs and brooks",), ("What you need",), ("Deltas and mouths",), ("Lakes and seas",))
    ]


def test_numbers_tell_the_levels_of_titles_that_look_alike(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    titles = ("What is asked", "1 Rivers", "1.1 Springs", "1.2 Deltas", "2 Lakes", "THE END")
    for row, title in enumerate(titles):
        lesson(sheet, 790 - 120 * row, title, *LONG)
    assert paths(sheet) == [
        ("What is asked",),
        ("1 Rivers",),
        ("1 Rivers", "1.1 Springs"),
        ("1 Rivers", "1.2 Deltas"),
        ("2 Lakes",),
        ("THE END",),
    ]


def test_the_last_item_of_a_page_goes_on_on_the_next(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 160, "1. " + LONG[0], LONG[1], LONG[2], size=11)
    sheet.at(60, 110, "2. " + LONG[0], size=11)
    sheet.canvas.showPage()
    sheet.at(60, 780, *LONG[1:], size=11)
    sheet.at(60, 740, "3. A delta is the end of a river.", size=11)
    found = " ".join(text_of(sheet.read()).split())
    assert " ".join(("2.", *LONG, "3.")) in found


def test_a_sentence_goes_on_below_a_figure(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 780, *LONG[:2], size=11)
    sheet.canvas.drawImage(button(), 60, 630, 240, 120)
    sheet.at(60, 600, LONG[2], size=11)
    assert " ".join(LONG) in text_of(sheet.read())


def test_bars_over_letters_in_cells_are_kept(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 780, *LONG, size=11)
    canvas = sheet.canvas
    for edge in range(4):
        canvas.line(60, 600 + 30 * edge, 340, 600 + 30 * edge)
    for x in (60, 200, 340):
        canvas.line(x, 600, x, 690)
    for row, (name, sign) in enumerate((("what", "sign"), ("conjugate", "z"), ("number", "w"))):
        sheet.at(70, 670 - 30 * row, name, size=11)
        sheet.at(210, 670 - 30 * row, sign, size=11)
    canvas.line(210, 647.2, 210 + canvas.stringWidth("z", "Helvetica", 11), 647.2)
    assert "| conjugate | z\u0304 |" in text_of(sheet.read(), PassageKind.TABLE)


def test_three_rows_between_tall_brackets_are_a_matrix(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 780, *LONG, size=11)
    sheet.at(60, 640, "The matrix A =", size=11)
    sheet.at(140, 624, "(", size=44)
    for row, cells in enumerate((("1", "2"), ("3", "4"), ("5", "6"))):
        sheet.at(160, 656 - 16 * row, cells[0], size=11)
        sheet.at(184, 656 - 16 * row, cells[1], size=11)
    sheet.at(196, 624, ")", size=44)
    sheet.at(60, 560, *LONG, size=11)
    assert "The matrix A = (1, 2; 3, 4; 5, 6)" in text_of(sheet.read())


def test_rules_on_the_baseline_between_words_are_underscores(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 720, "The function of the first exercise is called list", size=11)
    end = 60 + sheet.canvas.stringWidth("The function of the first exercise is called list")
    sheet.canvas.rect(end + 0.5, 719.6, 4, 0.6, stroke=0, fill=1)
    sheet.at(end + 5, 720, "create and makes an empty list.", size=11)
    assert "is called list_create and makes" in text_of(sheet.read())


def test_two_pages_share_their_head(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    for _ in range(2):
        sheet.at(60, 810, "Course 420, group A, teacher: M. Brook", size=9)
        sheet.at(60, 740, *LONG, size=11)
        sheet.canvas.showPage()
    assert "Course 420" not in text_of(sheet.read())


def test_words_that_are_drawn_letter_by_letter_are_parted(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    x = 60.0
    for letter in "some rules of a river":
        if letter == " ":
            x += 3.6  # narrower than PDFium takes for a space
            continue
        sheet.at(x, 720, letter, size=20)
        x += sheet.canvas.stringWidth(letter) + 0.2
    sheet.at(60, 680, *LONG, size=11)
    assert "some rules of a river" in str([(p.heading_path, p.text) for p in sheet.read().passages])


PROGRAM = (
    "public class River {",
    "private int length;",
    "public River(int length) {",
    "this.length = length;",
    "}",
    "public int getLength() {",
    "return length;",
    "}",
    "}",
)


def test_programs_in_letters_of_the_text_are_code(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 760, *LONG, size=11)
    sheet.at(60, 690, *PROGRAM, size=11)
    sheet.at(60, 500, *LONG, size=11)
    assert text_of(sheet.read(), PassageKind.CODE).split("\n") == list(PROGRAM)


def test_programs_of_python_in_letters_of_the_text_are_code(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 760, *LONG, size=11)
    program = ("total = 0", "for river in rivers:", "total += river.flow", "print(total)")
    sheet.at(60, 690, *program, size=11)
    assert text_of(sheet.read(), PassageKind.CODE).split("\n") == list(program)


@pytest.mark.parametrize(
    "lines",
    [
        ("a. rivers that run to the sea;", "b. lakes without an end;", "c. seas;", "d. springs;"),
        ("x = 2", "y = 3x + 1 = 7", "z = (x + y)", "w = z = 9", "u = 4"),
        ("Rivers (see below);", "Lakes (see there);", "Seas: the salt ones", "Springs"),
    ],
)
def test_clauses_and_calculations_are_no_code(tmp_path: Path, lines: Sequence[str]) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 760, *LONG, size=11)
    sheet.at(60, 690, *lines, size=11)
    assert text_of(sheet.read(), PassageKind.CODE) == ""


def test_code_stays_between_the_texts_around_it(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.pdf", PAPER)
    sheet.at(60, 780, *LONG, *LONG, size=11)
    sheet.at(60, 660, "print(first)", "print(river)", font="Courier", size=10)
    sheet.at(60, 610, "Now the second one is shown:", size=11)
    sheet.at(60, 590, "print(second)", "print(river)", font="Courier", size=10)
    found = text_of(sheet.read())
    assert found.index("print(first)") < found.index("second one") < found.index("print(second)")


def test_ligatures_without_a_name_are_found_by_their_word() -> None:
    line = Line(clean("La matematica scienti\ufffeca"), 11, False, False, 0, 0, 100, 8)
    page = Page(1, 595, 842, 0.0, 0, ruled=False, lines=[line], tables=[], cut=False)
    name_lost_letters([page], "it")
    assert line.text == "La matematica scientifica"


def test_signs_of_fonts_of_tex_are_what_they_show() -> None:
    assert plain("F", "MSAM10") == "\u2605"
    assert clean("[\ufe00a]\ufe00") == "[a]"


@pytest.mark.parametrize(("name", "items"), [("Wingdings-Regular", 3), ("Vera", 0)])
def test_letters_of_wingdings_are_bullets(tmp_path: Path, name: str, items: int) -> None:
    """The font of the text has the letter "q" as a bullet, as PDFs of slides have it."""
    font = TTFont(f"Bullets {name}", "Vera.ttf")
    font.face.name = name.encode()
    registerFont(font)
    sheet = Sheet(tmp_path / "a.pdf")
    canvas = sheet.canvas
    sheet.at(40, 480, "What water does", size=22)
    for number, text in enumerate(("It rains on the hills", "It runs down", "It meets the sea")):
        canvas.setFont(font.fontName, 14)
        canvas.drawString(40, 400 - 30 * number, "q")
        canvas.setFont("Helvetica", 14)
        canvas.drawString(60, 400 - 30 * number, text)
    text = text_of(sheet.read())
    assert text.count("- It ") == items
    assert ("q" in text) == (not items)
