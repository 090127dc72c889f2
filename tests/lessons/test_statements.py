"""Sentences of a topic and the markers that belong to them."""

from __future__ import annotations

from engine.lessons.statements import Statement, statements


def test_markers_before_and_after_the_full_stop_belong_to_the_sentence() -> None:
    text = "Ice floats on water [^1]. Water is dense. [^2][^3] Steam rises up[^1]."
    assert statements(text, "en") == [
        Statement("Ice floats on water.", (1,)),
        Statement("Water is dense.", (2, 3)),
        Statement("Steam rises up.", (1,)),
    ]


def test_a_sentence_without_a_marker_takes_the_next_ones() -> None:
    found = statements("Rivers begin small. They grow on the way [^4]. Then they end.", "en")
    assert [one.citations for one in found] == [(4,), (4,), (4,)]


def test_a_block_without_markers_cites_nothing() -> None:
    assert statements("This cites nothing at all.", "en") == [
        Statement("This cites nothing at all.", ())
    ]


def test_headings_tables_code_and_bare_lists_state_nothing() -> None:
    text = (
        "## Heading of some words\n\n- Explain the water cycle\n- Name its stores\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n```\nx = some code here\n```\n\n"
        "- Ice is one store [^1]\n- The sea is another one [^2]"
    )
    assert [(one.text, one.citations) for one in statements(text, "en")] == [
        ("Ice is one store", (1,)),
        ("The sea is another one", (2,)),
    ]


def test_emphasis_is_taken_off() -> None:
    found = statements("An **atom** is *very* small `indeed` [^1].", "en")
    assert found[0].text == "An atom is very small indeed."


def test_sentences_end_at_a_danda() -> None:
    found = statements("पानी बहुत ठंडा है [^1]। बर्फ पानी पर तैरती है [^2]।", "hi")
    assert [one.citations for one in found] == [(1,), (2,)]
