"""Text in cards and frames, and code in cells, columns and lists, is text and not lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.colors import Color, black, white
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import Doubt, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from engine.reading.pages import Line, Page
from engine.reading.tables import _table
from engine.reading.titles import is_contents

SLIDE = (720.0, 540.0)
TEXT, CODE = "Helvetica", "Courier"


class Sheet:
    """A page of a made document; `at` writes lines below each other."""

    def __init__(self, path: Path, size: tuple[float, float] = SLIDE) -> None:
        self.path, self.canvas = path, Canvas(str(path), pagesize=size)

    def at(self, x: float, y: float, *lines: str, font: str = TEXT, size: float = 14) -> Sheet:
        self.canvas.setFont(font, size)
        for number, line in enumerate(lines):
            self.canvas.drawString(x, y - 1.4 * size * number, line)
        return self

    def read(self) -> ExtractedDocument:
        self.canvas.save()
        return extract_document(self.path)


def text_of(document: ExtractedDocument, kind: PassageKind | None = None) -> str:
    return "\n".join(p.text for p in document.passages if kind in (None, p.kind))


def test_frames_that_are_not_seen_hide_no_text(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slide.pdf")
    canvas = sheet.canvas
    canvas.setFillColor(white)
    canvas.rect(0, 0, *SLIDE, stroke=0, fill=1)
    canvas.setFillColor(Color(0, 0, 0, alpha=0))
    for box in ((30, 40, 660, 360), (30, 430, 660, 80), (640, 5, 60, 30)):
        canvas.rect(*box, stroke=0, fill=1)
    canvas.setFillColor(white)
    for y in (360, 330, 300, 270, 240, 210):
        canvas.rect(48, y - 4, 300, 22, stroke=0, fill=1)
    canvas.setFillColor(black)
    sheet.at(40, 460, "How cells divide", size=28)
    sheet.at(50, 365, "\u2022 Chromosomes are copied", "\u2022 Spindle forms", size=18)
    sheet.at(50, 310, "\u2022 Cell membrane closes", size=18)
    document = sheet.read()
    for words in ("Chromosomes are copied", "Spindle forms", "Cell membrane closes"):
        assert words in text_of(document)
    assert not document.figures
    assert PassageKind.TABLE not in {passage.kind for passage in document.passages}


def test_text_on_a_card_is_text_and_names_in_a_drawing_stay_with_it(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "cards.pdf")
    canvas = sheet.canvas
    sheet.at(40, 490, "Payments", size=28)
    sheet.at(40, 455, "Each system of a bank has a task of its own, and its own rules.", size=16)
    for left, lines in (
        (
            40,
            (
                "Exact to the cent.",
                "No payment twice.",
                "The sum stays right",
                "after each commit.",
            ),
        ),
        (260, ("\u2022 raw events", "\u2022 append-only")),
    ):
        canvas.roundRect(left, 270, 200, 160, 8)
        for at in range(6):
            canvas.circle(left + 20 + 12 * at, 410, 5)
        sheet.at(left + 12, 370, *lines, size=12)
    for left, name in (
        (60, "Client application"),
        (240, "Message queue broker"),
        (420, "Ledger store"),
    ):
        canvas.ellipse(left, 60, left + 150, 200)
        canvas.line(left + 150, 130, left + 180, 130)
        sheet.at(left + 12, 126, name, size=12)
    canvas.ellipse(80, 70, 110, 100)
    document = sheet.read()
    text = text_of(document)
    assert "The sum stays right after each commit." in text
    assert "raw events" in text
    assert "append-only" in text
    (figure,) = document.figures
    assert " ".join(figure.labels) == "Client application Message queue broker Ledger store"
    assert Doubt.DRAWINGS in document.verdicts[0].doubts
    assert any("hold drawings with words in them" in said for said in document.warnings)


def test_a_page_of_which_all_words_are_in_a_drawing_keeps_its_picture(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slides.pdf")
    sheet.at(40, 490, "Blood", size=28)
    sheet.at(
        40, 440, "Blood flows from the heart through arteries and back through veins.", size=16
    )
    sheet.canvas.showPage()
    for at, name in enumerate(("Heart", "Artery", "Vein", "Lung", "Capillary", "Valve", "Aorta")):
        sheet.canvas.ellipse(60 + 80 * at, 200, 150 + 80 * at, 330)
        sheet.at(80 + 80 * at, 220 + 14 * (at % 7), name, size=12)
    document = sheet.read()
    (figure,) = document.figures
    assert figure.page == 2
    assert {"Heart", "Capillary"} <= set(" ".join(figure.labels).split())
    assert figure.passages == (1,)


def test_code_in_cells_is_code(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "notebook.pdf")
    canvas = sheet.canvas
    sheet.at(40, 490, "Counting lines", size=28)
    sheet.at(40, 450, "The command counts the lines of each file in a folder of texts.", size=16)
    for y, code in ((360, "wc -l *.txt"), (300, "sort lengths.txt")):
        for more in (0, 2, 4):
            canvas.setFillColor(Color(0.95, 0.95, 0.95))
            canvas.rect(60 - more, y - 12 - more, 600 + 2 * more, 34 + 2 * more, fill=1)
        canvas.setFillColor(black)
        canvas.circle(56, y - 20, 3, fill=1)
        sheet.at(64, y, "In [ ]:", font=CODE, size=10)
        sheet.at(120, y, code, font=CODE, size=10)
    document = sheet.read()
    code = text_of(document, PassageKind.CODE)
    assert "wc -l *.txt" in code
    assert "sort lengths.txt" in code
    assert PassageKind.TABLE not in {passage.kind for passage in document.passages}


def test_what_a_program_prints_at_the_foot_is_no_page_number(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slides.pdf")
    for number in range(1, 5):
        sheet.at(40, 490, "Dictionaries", size=28)
        sheet.at(50, 450, "\u2022 Values are found by their keys, not by places", size=16)
        code = ("fruits = {", '    "apples": 3,', '    "pears": 9,', "}", f"fruits[{number}]", "7")
        sheet.at(60, 150, *code, font=CODE, size=18)
        sheet.at(690, 12, str(number), size=10)
        sheet.canvas.showPage()
    document = sheet.read()
    assert text_of(document).count("Values are found by their keys") == 4
    assert text_of(document, PassageKind.CODE).count("\n7") == 4


def test_columns_of_code_keep_their_titles_and_indents(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "sheet.pdf", (792, 612))
    columns = (
        (
            ("Make a list", ("names = []",)),
            ("Loop over it", ("for name in names:", "    print(name)")),
            ("Ask for a name", ("name = input()", "names.append(name)")),
        ),
        (
            ("Test a number", ("if age >= 18:", "    vote()", "else:", "    wait()")),
            ("Repeat a block", ("while age < 9:", "    age += 1")),
            ("Stop a loop", ("while True:", "    break")),
        ),
    )
    # The program draws all code first.
    for size, font in ((9, CODE), (11, "Helvetica-Oblique")):
        for left, column in zip((30, 420), columns, strict=True):
            y = 560.0
            for title, lines in column:
                if font == CODE:
                    sheet.at(left + 4, y - 16, *lines, font=CODE, size=size)
                else:
                    sheet.at(left, y, title, font=font, size=9)
                y -= 30 + 12.6 * len(lines)
    code = text_of(sheet.read(), PassageKind.CODE)
    assert code.startswith(
        "Make a list\nnames = []\n\nLoop over it\nfor name in names:\n    print(name)"
    )
    assert "Test a number\nif age >= 18:\n    vote()\nelse:\n    wait()\n\nRepeat a block" in code


def test_commands_behind_bullets_are_items_in_their_place(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slide.pdf")
    sheet.at(40, 490, "Environments", size=28)
    sheet.at(50, 450, "Look at the path before and after you activate the environment:", size=16)
    for at, (line, font) in enumerate(
        (
            ("\u2022 which python", CODE),
            ("\u2022 This may print nothing at all", TEXT),
            ("\u2022 conda activate course", CODE),
            ("\u2022 Has anything changed since then", TEXT),
        )
    ):
        # Courier of reportlab has the bullet, too.
        sheet.at(60, 410 - 24 * at, line, font=font, size=16)
    document = sheet.read()
    assert PassageKind.CODE not in {passage.kind for passage in document.passages}
    text = text_of(document)
    order = [text.index(word) for word in ("which python", "print nothing", "conda", "changed")]
    assert order == sorted(order)


def test_a_sign_that_an_item_explains_is_kept(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slide.pdf")
    sheet.at(40, 490, "Wildcards", size=28)
    signs = ("* matches any number of letters", "? matches a single letter", "- is the last folder")
    for at, line in enumerate((*signs, "cp copies a file to a new place")):
        sheet.canvas.circle(52, 425 - 30 * at, 2.5, fill=1)
        sheet.at(62, 420 - 30 * at, line, size=16)
    text = text_of(sheet.read())
    for line in signs:
        assert f"- {line}" in text


def test_gaps_between_spread_letters_of_code_are_no_spaces(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "listing.pdf")
    sheet.at(40, 490, "A compiler turns a program into something that a machine can run.")
    sheet.at(40, 460, "x", font=CODE, size=10)
    font = sheet.canvas._doc.getInternalFontName(CODE)  # type: ignore[attr-defined]
    parts = "[(g) -260 (++) -840 (-O2) -840 (prog) -260 (.) -260 (cpp)]"
    sheet.canvas._code.append(f"BT {font} 10 Tf 40 430 Td {parts} TJ ET")  # type: ignore[attr-defined]
    assert "g++ -O2 prog.cpp" in text_of(sheet.read(), PassageKind.CODE)


@pytest.mark.parametrize(
    ("rows", "is_table"),
    [
        ([["In [ ]: ls", ""], ["In [ ]: pwd", ""]], False),
        ([["All text of a slide", ""], ["", "22"]], False),
        ([["Metal", "Density"], ["Iron", "7.9"]], True),
    ],
)
def test_boxes_around_text_are_no_table(rows: list[list[str | None]], is_table: bool) -> None:  # noqa: FBT001
    assert (_table({"rows": rows, "box": (0, 0, 9, 9)}) is not None) == is_table


def test_a_table_that_a_heading_interrupts_stands_once(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "page.pdf", (595, 842))
    canvas = sheet.canvas
    sheet.at(60, 780, "Payments of a day", font="Helvetica-Bold", size=20)
    sheet.at(60, 740, "The ledger holds each payment with its kind and with its amount.", size=11)
    rows = (("Number", "Kind", "Amount"), ("T1", "card", "12"), ("T2", "salary", "85"))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            canvas.rect(60 + 120 * column, 680 - 24 * at, 120, 24)
            sheet.at(66 + 120 * column, 687 - 24 * at, cell, size=11)
        if at == 1:
            # Drawn between the rows of the table, which stand beside it.
            sheet.at(440, 690, "Trade-off", font="Helvetica-Bold", size=20)
    sheet.at(60, 590, "A store that is fast for reading is slow for writing, and so on.", size=11)
    tables = [p.text for p in sheet.read().passages if p.kind is PassageKind.TABLE]
    assert len(tables) == 1


def test_rows_that_end_in_numbers_out_of_order_are_no_contents() -> None:
    def page(numbers: list[int]) -> Page:
        lines = [
            Line(f"Entry {at} {n}", 10, False, False, 0, 700 - 12 * at, 90, 708 - 12 * at)
            for at, n in enumerate(numbers)
        ]
        return Page(1, 595, 842, 0, 0, False, lines, [], cut=False)

    assert is_contents(page([1, 4, 9, 12, 20, 31]), 40)
    assert not is_contents(page([20, 4, 31, 1, 12, 9]), 40)


def test_steps_and_formulas_of_cells_have_a_line_of_their_own(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "guide.pdf", (595, 842))
    lines = (
        "Step 1: Choose the cells of the table and give each of the columns in it a name.",
        "Step 2: Open the menu of the data and take the list of all rules that are in there.",
        "Step 3: Close it.",
        "=SUMIFS(values, names, name)",
        "=COUNTIFS(names, name)",
        "The result changes with each new name that is chosen in the list above.",
    )
    sheet.at(60, 780, *lines, size=11)
    text = text_of(sheet.read())
    assert [line for line in text.split("\n") if line] == list(lines)


def test_a_form_keeps_its_answers_with_its_questions(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "form.pdf", (595, 842))
    for at, (name, *values) in enumerate(
        (
            ("Qualification:", "Foundation diploma", "in business studies"),
            ("Unit code and title:", "HE9E 46", "Contemporary issues"),
            ("Assignment title:", "Assignment one", "Report of one person"),
        )
    ):
        sheet.at(60, 743 - 60 * at, name, size=11)
        sheet.at(300, 750 - 60 * at, *values, size=11)
    text = " ".join(text_of(sheet.read()).split())
    order = ("Qualification", "Foundation", "Unit code", "HE9E", "Assignment title", "Report of")
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_words_that_are_set_letter_by_letter_are_words(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "slide.pdf")
    sheet.at(40, 490, "Layers of a store", size=28)
    x = 60.0
    for letter in "SILVER CLEAN":
        if letter == " ":
            x += 10
            continue
        sheet.at(x, 420, letter, size=16)
        x += sheet.canvas.stringWidth(letter, TEXT, 16) + 4
    # Answers of a test stand far apart.
    for at, letter in enumerate("ABCDE"):
        sheet.at(60 + 30 * at, 380, letter, size=16)
    document = sheet.read()
    text = text_of(document)
    # It may look like a title.
    assert "SILVER CLEAN" in f"{text} {[passage.heading_path for passage in document.passages]}"
    assert "A B C D E" in text
