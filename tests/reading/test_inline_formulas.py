"""Exponents, indices, roots and fractions within sentences, headings and cells of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import Doubt, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from engine.reading.layout import plain
from engine.reading.marks import resolved
from engine.reading.runs import LEVEL, LOWERED, RAISED, Run
from engine.reading.stacked import join_stacked

FONT = "Helvetica"
BEFORE = "The text of this page says what a square and a root are, in several words."


class Writer:
    """Writes pieces of a line one after the other, raised or lowered by some points."""

    def __init__(self, canvas: Canvas, y: float, size: float = 11) -> None:
        self.canvas, self.x, self.y, self.size = canvas, 72.0, y, size

    def write(self, text: str, *, up: float = 0, size: float = 0) -> Writer:
        size = size or self.size
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(self.x, self.y + up, text)
        self.x += self.canvas.stringWidth(text, FONT, size)
        return self


def save(canvas: Canvas, path: Path) -> ExtractedDocument:
    canvas.save()
    return extract_document(path)


def all_text(document: ExtractedDocument) -> str:
    return "\n".join(passage.text for passage in document.passages)


def test_exponents_of_each_make_are_exponents(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, BEFORE)
    line = Writer(canvas, 740).write("The side squared is (a + b)").write("2", up=4, size=7)
    line.write(", its large exponent is x").write("3", up=4.5).write(" and water is H")
    # Word processors hardly lower an index.
    line.write("2", up=-0.8, size=7).write("O.")
    line = Writer(canvas, 720).write("One metre")
    late = line.x
    line.write("  ").write("is short, and ").write("14", up=4, size=7).write("C decays.")
    # Drawn after the whole line, as programs do with letters that were moved.
    canvas.setFont(FONT, 7)
    canvas.drawString(late, 724, "2")
    text = all_text(save(canvas, path))
    assert "The side squared is (a + b)\u00b2, its large exponent is x\u00b3" in text
    assert "water is H\u2082O." in text
    assert "One metre\u00b2" in text
    assert "\u00b9\u2074C decays." in text


@pytest.mark.parametrize(
    ("before", "raised", "notes", "written", "marks"),
    [
        ("the pressure", "2", {"2"}, "the pressure", ("2",)),
        ("the area of a metre", "2", set(), "the area of a metre\u00b2", ()),
        ("(see the last chapter)", "4", set(), "(see the last chapter)", ("4",)),
        ("(x + 1)", "4", set(), "(x + 1)\u2074", ()),
        ("the pressure", "12", None, "the pressure\u00b9\u00b2", ()),
    ],
)
def test_a_mark_of_a_footnote_is_no_power(
    before: str, raised: str, notes: set[str] | None, written: str, marks: tuple[str, ...]
) -> None:
    assert resolved(f"{before}{RAISED}{raised}{LEVEL}", notes) == (written, marks)


def test_the_signs_of_one_exponent_are_one() -> None:
    text = f"10{RAISED}-{LEVEL}{RAISED}6{LEVEL} and a{LOWERED}n{LEVEL}{LOWERED}+{LEVEL}"
    assert resolved(text, ()) == ("10\u207b\u2076 and a\u2099\u208a", ())


def run(text: str, x0: float, y: float, size: float = 10, width: float = 0) -> Run:
    right = x0 + (width or 5.0 * len(text))
    return Run(text, x0, y, right, size, bold=False, fixed=False, breaks=False, space=False)


def joined(runs: Sequence[Run], rules: Sequence[tuple[float, float, float]]) -> tuple[str, int]:
    found, uncertain = join_stacked(runs, rules)
    return " ".join(one.text.strip() for one in found), len(uncertain)


def test_a_root_and_what_stands_below_its_bar_are_one() -> None:
    sign = run("\u221a", 20, 100, width=6)
    under = [run("b", 26, 100), run("2", 31, 104, 6, 3), run("- 4ac", 36, 100)]
    runs = [run("x =", 0, 100), sign, *under, run("holds", 75, 100)]
    text, uncertain = joined(runs, [(26, 109, 61)])
    assert (text, uncertain) == (f"x = \u221a(b{RAISED}2{LEVEL}- 4ac) holds", 0)


def test_a_fraction_within_a_root_within_a_fraction_is_written_in_one_line() -> None:
    runs = [run("y =", 0, 100), run("1", 22, 107, width=5), run("2a", 20, 93)]
    assert joined([*runs, run("holds", 34, 100)], [(19, 102.5, 31)]) == ("y = 1/(2a) holds", 0)


def test_underlined_words_are_no_fractions() -> None:
    runs = [run("see", 0, 100), run("here", 18, 100), run("and", 42, 100), run("word", 18, 87)]
    assert joined(runs, [(18, 98.5, 38)]) == ("see here and word", 0)


def test_what_is_not_certain_stays_and_is_told() -> None:
    sign = run("\u221a", 20, 100, width=6)
    assert joined([sign, run("(x", 26, 100)], [(26, 109, 36)]) == ("\u221a (x", 1)
    rows = [run("a", 22, 107), run("c", 22, 111), run("2", 22, 93), run("y =", 0, 100)]
    assert joined(rows, [(19, 102.5, 29)])[1] == 1


def test_a_root_ends_where_its_bar_ends(tmp_path: Path) -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not font.exists():
        pytest.skip("no DejaVu fonts here")
    registerFont(TTFont("DejaVuSans", str(font)))
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("DejaVuSans", 11)
    canvas.drawString(72, 760, BEFORE)
    start = "The diagonal is \u221a"
    canvas.drawString(72, 740, f"{start}2a long, and no number is a root of it.")
    left = 72 + canvas.stringWidth(start, "DejaVuSans", 11)
    right = left + canvas.stringWidth("2a", "DejaVuSans", 11)
    canvas.rect(left, 749, right - left, 0.5, stroke=0, fill=1)
    document = save(canvas, path)
    assert "The diagonal is \u221a(2a) long, and" in all_text(document)
    assert document.verdicts[0].doubts == ()


def test_a_sum_in_a_sentence_is_said_to_be_uncertain(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, BEFORE)
    line = Writer(canvas, 740).write("The mean of the numbers in this list is the sum ")
    canvas.setFont("Symbol", 14)
    canvas.drawString(line.x, 739, "S")
    canvas.setFont(FONT, 5)
    canvas.drawString(line.x + 2, 751, "n")
    canvas.drawString(line.x + 1, 732, "i=1")
    line.x += 12
    line.write(" x divided by n, as one knows.")
    document = save(canvas, path)
    assert Doubt.FORMULAS in document.verdicts[0].doubts
    assert any("formulas in their text" in warning for warning in document.warnings)


def test_cells_of_ruled_tables_keep_exponents_and_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for y in (600, 625, 650, 675):
        canvas.line(72, y, 440, y)
    for x in (72, 200, 320, 440):
        canvas.line(x, 600, x, 650 if x == 320 else 675)
    canvas.setFont(FONT, 11)
    canvas.drawString(80, 658, "Quantity")
    canvas.drawString(210, 658, "Units")
    for y, cells in ((633, ("Area", "", "cm")), (608, ("Volume", "m", "cm"))):
        for x, text in zip((80, 210, 330), cells, strict=True):
            line = Writer(canvas, y)
            line.x = x
            line.write(text)
            if text in ("m", "cm"):
                line.write("2" if y == 633 else "3", up=4, size=7)
    (table,) = (p.text for p in save(canvas, path).passages if p.kind is PassageKind.TABLE)
    assert table.splitlines() == [
        "| Quantity | Units | Units |",
        "| --- | --- | --- |",
        "| Area |  | cm\u00b2 |",
        "| Volume | m\u00b3 | cm\u00b3 |",
    ]


def test_large_signs_of_tex_are_known_by_their_font() -> None:
    assert [plain(code, "CMEX10") for code in ("Z", "X", "p", "0 ")] == [
        "\u222b",
        "\u2211",
        "\u221a",
        "\u239c ",
    ]
    assert plain("Z", "CMR10") == "Z"


def test_formulas_are_found_where_all_fonts_say_that_they_are_bold(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("Helvetica-Bold", 11)
    canvas.drawString(72, 760, BEFORE)
    canvas.drawString(200, 730, "E = 2p")
    canvas.drawString(72, 700, BEFORE)
    assert [figure.tex for figure in save(canvas, path).figures] == ["E=2p"]


def test_bars_over_letters_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setLineWidth(0.5)
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, BEFORE)
    line = Writer(canvas, 740).write("The conjugate of z is ")
    before = line.x
    line.write("z")
    canvas.line(before, 747, line.x, 747)
    line.write(", and the segment is ")
    before = line.x
    line.write("AB")
    canvas.line(before, 749.5, line.x, 749.5)
    line.write(" here.")
    # An underlined word above a line of text is none of its letters, nor is a struck one.
    line = Writer(canvas, 720).write("This line has an ")
    before = line.x
    line.write("important")
    canvas.line(before, 718.5, line.x, 718.5)
    line = Writer(canvas, 706).write("word right above these words of it, ")
    before = line.x
    line.write("gone")
    canvas.line(before, 709, line.x, 709)
    text = all_text(save(canvas, path))
    assert "conjugate of z is z\u0304, and the segment is A\u0305B\u0305 here." in text
    assert "This line has an important word right above these words of it, gone" in text


def test_a_fraction_keeps_the_index_in_it_and_is_no_bar(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setLineWidth(0.5)
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, BEFORE)
    line = Writer(canvas, 700).write("Then f = ")
    left = line.x
    line.y = 692
    line.write("z - w").write("0", up=-2, size=7)
    canvas.line(left, 702.5, line.x, 702.5)
    canvas.drawString((left + line.x) / 2 - 3, 706, "1")
    line.y = 700
    line.write(" holds for all of these numbers.")
    line = Writer(canvas, 600).write("The density is ")
    left = line.x
    line.y = 606
    line.write("4.2 x 10").write("3", up=4, size=7).write(" g")
    canvas.line(left, 602.5, line.x, 602.5)
    canvas.drawString((left + line.x) / 2 - 10, 591, "5 mL")
    line.y = 600
    line.write(" of it.")
    text = all_text(save(canvas, path))
    assert "Then f = 1/(z - w\u2080) holds for all" in text
    assert "The density is (4.2 x 10\u00b3 g)/(5 mL) of it." in text


def matrix(line: Writer, rows: Sequence[Sequence[str]]) -> Writer:
    line.write("(")
    left, y = line.x, line.y
    for at, row in enumerate(rows):
        line.y = y + 6 - 12 * at
        for column, cell in enumerate(row):
            line.x = left + 3 + 24 * column
            line.write(cell)
    line.x, line.y = left + 24 * max(map(len, rows)), y
    return line.write(")")


def test_matrices_are_written_in_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont(FONT, 11)
    canvas.drawString(72, 760, BEFORE)
    line = Writer(canvas, 720).write("Its form is ")
    matrix(line, (("a", "-b"), ("b", "a"))).write(" for some a and b.")
    # Brackets around text between two other lines are none.
    for number, words in enumerate(("one above it", "a part of it", "one below it")):
        line = Writer(canvas, 680 - 13 * number).write("The text (").write(words).write(") goes on")
    # With another number of cells in each row nothing is certain.
    line = Writer(canvas, 600).write("The rest is ")
    matrix(line, (("a",), ("b", "c"))).write(" in all of these cases.")
    document = save(canvas, path)
    assert "Its form is (a, -b; b, a) for some a and b." in all_text(document)
    assert all_text(document).count("; ") == 1
    assert Doubt.FORMULAS in document.verdicts[0].doubts
