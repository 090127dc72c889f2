"""Formulas that stand alone: TeX where certain, else a picture, never a wrong text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from courses.markdown import ShownFormula, render_markdown
from engine.reading.document import ExtractedDocument
from engine.reading.extract import extract_document
from tests.reading.courses import read

ABOVE = "The mean of some numbers is their sum divided by how many there are:"
BELOW = "It lies between the smallest and the largest of the numbers, as one sees at once."


def page(tmp_path: Path, draw: Callable[[Canvas], None]) -> ExtractedDocument:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=(595, 842))
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 780, ABOVE)
    draw(canvas)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 660, BELOW)
    canvas.save()
    return extract_document(path)


def test_a_fraction_is_certain() -> None:
    formula = read("s25-formulas").figures[0]
    assert (formula.kind, formula.tex, formula.picture) == ("formula", r"v=\frac{s}{t}", b"")
    owner = read("s25-formulas").passages[formula.passages[0] - 1]
    assert formula.labels[0] in owner.text


def test_a_sum_with_its_limits_is_kept_as_a_picture(tmp_path: Path) -> None:
    def total(canvas: Canvas) -> None:
        canvas.drawString(200, 720, "m =")
        canvas.setFont("Helvetica", 18)
        canvas.drawString(226, 718, "S")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(229, 734, "n")
        canvas.drawString(227, 710, "i=1")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(242, 720, "x + 3")

    document = page(tmp_path, total)
    formula = document.figures[0]
    assert (formula.kind, formula.tex) == ("formula", "")
    assert formula.picture[:4] == b"RIFF"
    assert formula.passages == (1,)
    text = " ".join(passage.text for passage in document.passages)
    assert "m =" not in text
    assert "i=1" not in text
    assert BELOW in text


def test_what_stands_close_to_an_uncertain_formula_is_none_by_itself(tmp_path: Path) -> None:
    def cases(canvas: Canvas) -> None:
        canvas.drawString(200, 720, "f = 3")
        canvas.drawString(250, 726, "a + ? b")
        canvas.drawString(250, 714, "c + ? d")

    formulas = page(tmp_path, cases).figures
    assert [formula.tex for formula in formulas] == [""]


def test_a_numbered_equation_is_known_without_its_number(tmp_path: Path) -> None:
    formulas = page(tmp_path, lambda c: c.drawString(200, 720, "E = 2p  (3)")).figures
    assert [(formula.tex, formula.labels) for formula in formulas] == [("E=2p", ("E = 2p",))]


@pytest.mark.parametrize("line", ["1. a = b", "Anna = Otto", "12", "and so on"])
def test_other_short_lines_are_no_formulas(tmp_path: Path, line: str) -> None:
    document = page(tmp_path, lambda c: c.drawString(200, 720, line))
    assert document.figures == ()
    assert line.lstrip("1. ") in " ".join(passage.text for passage in document.passages)


def test_columns_of_numbers_are_no_formulas(tmp_path: Path) -> None:
    def numbers(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 4)
        for row in range(100):
            canvas.drawString(200 + 20 * (row % 9), 750 - 0.8 * row, f"{row} = {row}")

    assert page(tmp_path, numbers).figures == ()


def test_lessons_set_formulas_as_mathml() -> None:
    formula = ShownFormula("v = s/t", "<math><mfrac><mi>s</mi><mi>t</mi></mfrac></math>")
    html = render_markdown("The speed is v = s/t. `v = s/t` is code.", (), (), [formula])
    assert html.count("<mfrac><mi>s</mi><mi>t</mi></mfrac></math>") == 1
    assert "<code>v = s/t</code>" in html
    assert "<math" not in render_markdown("<math><mi>x</mi></math>")
