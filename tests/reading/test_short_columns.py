"""Slides, handouts and tests whose short lines stand side by side, drawn row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import ExtractedDocument, PassageKind
from engine.reading.doubts import page_doubts
from engine.reading.extract import extract_document
from engine.reading.pages import Line, Page, Table


def woven(
    path: Path, left: Sequence[str], right: Sequence[str], *, x: float = 330, below: str = ""
) -> ExtractedDocument:
    canvas = Canvas(str(path), pagesize=(720, 405))
    canvas.setFont("Helvetica-Bold", 24)
    canvas.drawString(50, 350, "Blood and its vessels")
    canvas.setFont("Helvetica", 14)
    for row in range(max(len(left), len(right))):
        for edge, texts in ((50, left), (x, right)):
            if row < len(texts):
                canvas.drawString(edge, 290 - 20 * row, texts[row])
    canvas.drawString(50, 60, below)
    canvas.save()
    return extract_document(path)


def text(document: ExtractedDocument) -> str:
    return "\n\n".join(passage.text for passage in document.passages)


def test_two_boxes_of_a_slide_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["Arteries", "\u2022 carry blood away from", "   the heart", "\u2022 have thick walls"]
    right = ["Veins", "\u2022 bring blood back", "\u2022 have thin walls", "\u2022 contain valves"]
    document = woven(tmp_path / "a.pdf", left, right, below="Both are vessels of the body.")
    lines = [line.strip() for line in text(document).splitlines() if line.strip()]
    assert lines == [
        "Arteries",
        "- carry blood away from the heart",
        "- have thick walls",
        "Veins",
        "- bring blood back",
        "- have thin walls",
        "- contain valves",
        "Both are vessels of the body.",
    ]
    assert document.verdicts[0].doubts == ()


def test_sentences_side_by_side_are_read_downwards(tmp_path: Path) -> None:
    left = ["The light reactions happen in", "thylakoids. They need light and", "water."]
    right = ["The Calvin cycle happens in the", "stroma. It needs carbon dioxide", "and energy."]
    found = text(woven(tmp_path / "a.pdf", left, right))
    assert "They need light and water." in found
    assert "in the stroma. It needs carbon dioxide and energy." in found


def test_rows_of_short_cells_are_still_a_table(tmp_path: Path) -> None:
    left, right = ["Country", "France", "Spain", "Italy"], ["Capital", "Paris", "Madrid", "Rome"]
    document = woven(tmp_path / "a.pdf", left, right)
    assert [passage.kind for passage in document.passages] == [PassageKind.TABLE]
    assert "| Spain | Madrid |" in text(document)


def test_questions_in_two_columns_keep_their_answers(tmp_path: Path) -> None:
    left = ["1. What is the unit of energy?", "A newton", "B joule", "C watt"]
    right = ["2. Sound travels fastest in", "A air", "B water", "C steel"]
    found = text(woven(tmp_path / "a.pdf", left, right))
    assert found.index("C watt") < found.index("2. Sound") < found.index("A air")


def test_the_marks_of_a_question_follow_its_last_line(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 11)
    y = 760.0
    for first, second, marks in (
        ("1. A car travels 150 km in two hours. Work out", "its speed in kilometres.", "[3 marks]"),
        ("2. Explain why a passenger moves forward when", "a bus stops suddenly.", "[4 marks]"),
    ):
        canvas.drawString(72, y, first)
        canvas.drawRightString(530, y, marks)
        canvas.drawString(86, y - 14, second)
        y -= 50
    canvas.save()
    found = " ".join(text(extract_document(tmp_path / "a.pdf")).split())
    assert "Work out its speed in kilometres. [3 marks]" in found
    assert "when a bus stops suddenly. [4 marks]" in found


def test_drawn_bullets_part_the_items_of_a_list(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 740, "A spring feeds a brook in three ways, which are named below:")
    for row, item in enumerate(("from the rock", "from the soil", "from a lake")):
        canvas.circle(80, 716 - 15 * row, 2, fill=1)
        canvas.drawString(90, 712 - 15 * row, item)
    canvas.save()
    found = text(extract_document(tmp_path / "a.pdf"))
    assert found.splitlines()[-3:] == ["- from the rock", "- from the soil", "- from a lake"]


def test_names_below_each_other_stand_for_themselves(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 11)
    for row, item in enumerate(("Felling of trees", "Burning of coal", "Traffic", "Cattle farms")):
        canvas.drawString(72, 740 - 14 * row, item)
    canvas.save()
    assert text(extract_document(tmp_path / "a.pdf")).count("\n\n") == 3


def page(*places: tuple[float, float], cells: int = 1, text: str = "a line of text") -> Page:
    lines = [Line(text, 11, False, False, x, y, x + 200, y + 8, cells=cells) for x, y in places]
    return Page(1, 595, 842, 0.0, 9, ruled=False, lines=lines, tables=[], cut=False)


def test_text_that_goes_up_again_and_again_is_uncertain() -> None:
    assert page_doubts(page((72, 700), (72, 600), (72, 650), (72, 500), (72, 550))) == ("order",)
    assert page_doubts(page((72, 700), (72, 600), (320, 700), (320, 600), (72, 500))) == ()


def test_rows_that_are_in_no_table_are_uncertain() -> None:
    rows = page((72, 700), (72, 685), (72, 670), cells=2)
    assert page_doubts(rows) == ("tables",)
    assert page_doubts(page((72, 700), (72, 685), (72, 670), cells=2, text="1 2 3")) == ()
    rows.tables.append(Table(70, 600, 300, 720, "| a |"))
    assert page_doubts(rows) == ()


def test_a_table_that_could_not_be_kept_is_told() -> None:
    lost = page((72, 700))
    lost.lost_table = True
    assert page_doubts(lost) == ("tables",)
