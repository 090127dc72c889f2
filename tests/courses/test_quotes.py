"""Words of documents as HTML: tables of them are tables, wherever a quote is shown."""

from __future__ import annotations

import pytest

from courses.quotes import quotable_sentences, shown_quote
from quizzes.desk.sources import Source
from tests.factories import make_course

TABLE = "| River | Length |\n| --- | --- |\n| Nile | 6650 km. |\n| O\\|b | 3650 <km> |"
TEXT = f"Rivers by length.\n\n{TABLE}\n\nThey are long."
CELLS = (
    '<th scope="col" dir="auto">River</th>',
    '<td dir="auto">6650 km.</td>',
    '<td dir="auto">O|b</td>',
    '<td dir="auto">3650 &lt;km&gt;</td>',
)


@pytest.mark.parametrize("text", [TEXT, " ".join(TEXT.split())])
def test_a_table_also_without_its_line_breaks(text: str) -> None:
    shown = shown_quote(text)
    assert all(cell in shown for cell in CELLS)
    assert "---" not in shown
    assert shown.startswith("Rivers by length.")


def test_rows_without_their_head_are_rows() -> None:
    shown = shown_quote("| Nile | 6650 km |")
    assert '<td dir="auto">Nile</td><td dir="auto">6650 km</td>' in shown
    assert "<th" not in shown


@pytest.mark.parametrize("text", ["|x| is never negative", "a | b", "| Nile, cut off", "", "|"])
def test_what_is_no_table_stays_as_it_is(text: str) -> None:
    assert shown_quote(text) == text


def test_marks_go_over_cells_and_never_around_them() -> None:
    start = TEXT.index("6650")
    shown = shown_quote(TEXT, (start, TEXT.index("They") + 4))
    assert '<td dir="auto">Nile</td><td dir="auto"><mark>6650 km.</mark></td>' in shown
    assert "<mark>They</mark> are long." in shown
    assert shown.count("<mark>") == shown.count("</mark>") == 4


def test_a_row_is_quoted_with_the_head_of_its_table() -> None:
    first, nile, ob, last = quotable_sentences(TEXT, "en")
    assert (first, last) == ("Rivers by length.", "They are long.")
    assert nile == "| River | Length |\n| --- | --- |\n| Nile | 6650 km. |"
    assert '<td dir="auto">O|b</td>' in shown_quote(ob)


def test_text_that_is_no_table_is_escaped_and_long_text_is_left_alone() -> None:
    assert "<b>" not in shown_quote("<b>bold</b>")
    rows = "| a | b |\n" * 20_000
    assert "<table" not in shown_quote(f"| a | b |\n| --- | --- |\n{rows}")


@pytest.mark.django_db
def test_the_desk_marks_a_quoted_row_in_its_table() -> None:
    topic = make_course().modules.first().topics.first()  # type: ignore[union-attr] # it has one
    assert topic is not None
    passage = topic.citations.first().passage  # type: ignore[union-attr] # the same
    passage.text = TEXT
    shown = Source(passage, "| Nile | 6650 km. |").marked
    assert "<mark>Nile</mark>" in shown
    assert '<td dir="auto"><mark>6650 km.</mark></td>' in shown
