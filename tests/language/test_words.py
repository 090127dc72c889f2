"""Words of several languages, and of languages that no dictionary knows."""

from __future__ import annotations

import pytest

from engine.language.words import (
    MIDDLING,
    content_lemmas,
    lemma,
    normalise,
    stop_words,
    tokens,
    zipf,
)


def test_tokens_keep_hyphens_apostrophes_and_numbers() -> None:
    assert tokens("Don't use well-known 3.5 (or R_x)!") == [
        "Don't", "use", "well-known", "3.5", "or", "R_x",
    ]  # fmt: skip


def test_normalise_ignores_case_space_and_punctuation() -> None:
    assert normalise("The  Cell\u2019s \u201cwall\u201d,\n") == normalise("the cell's wall")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("the cells are divided by membranes", "en", ("cell", "divide", "membrane")),
        ("die Zellen sind durch Wände geteilt", "de", ("zelle", "wand", "teilen")),
        ("les cellules de l'organisme", "fr", ("cellule", "organisme")),
        ("las células y los tejidos", "es", ("célula", "tejido")),
        ("cells in 1905", "en", ("cell", "1905")),
    ],
)
def test_content_lemmas(text: str, language: str, expected: tuple[str, ...]) -> None:
    assert content_lemmas(text, language) == expected


def test_a_region_does_not_change_the_language() -> None:
    assert content_lemmas("the cells", "en-GB") == content_lemmas("the cells", "en")


@pytest.mark.parametrize("language", ["xx", "", "und"])
def test_an_unknown_language_still_works(language: str) -> None:
    assert stop_words(language) == frozenset()
    assert lemma("Zorblax", language) == "zorblax"
    assert content_lemmas("blim blam 42", language) == ("blim", "blam", "42")
    assert zipf("blim", language) == MIDDLING


def test_languages_without_spaces_are_middling_and_do_not_ask_for_more_packages() -> None:
    assert zipf("日本", "ja") == MIDDLING


def test_rare_words_have_lower_rank_than_common_ones() -> None:
    assert zipf("helicase", "en") < zipf("water", "en")
    assert zipf("Zellkern", "de") < zipf("Wasser", "de")
