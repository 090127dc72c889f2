"""Terms: phrases that name something, with no determiners, verbs or odd ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.terms import Term, find_terms_by_text, sum_terms


def find_terms(text: str, language: str) -> list[Term]:
    return find_terms_by_text([text], language)[0]


def _texts(text: str, language: str = "en") -> list[str]:
    return [term.text for term in find_terms(text, language)]


def test_english_phrases_carry_neither_determiners_nor_verbs() -> None:
    found = _texts(
        "ATP synthase yields energy. The mitochondrial matrix contains enzymes; see Fig. 2. "
        "A small number of other read-only files is used by the enzyme."
    )
    assert found == [
        "enzymes",
        "ATP synthase",
        "mitochondrial matrix",
        "read-only files",
    ]  # "energy" is an everyday word


def test_forms_of_one_term_are_counted_together() -> None:
    term = find_terms(
        "The index vectors help. An index vector selects. These are index vectors.", "en"
    )[0]
    assert (term.key, term.count) == (("index", "vector"), 3)
    assert term.text == "index vectors"


@pytest.mark.parametrize(
    ("language", "text", "wanted", "unwanted"),
    [
        (
            "de",
            "Die Zellteilung ist ein wichtiger Vorgang. Das endoplasmatische Retikulum wächst.",
            {"Zellteilung", "endoplasmatische Retikulum"},
            {"wichtiger Vorgang", "wächst"},
        ),
        (
            "fr",
            "La membrane cellulaire entoure l'appareil de Golgi. Une membrane cellulaire protège.",
            {"membrane cellulaire", "appareil de Golgi"},
            {"entoure", "membrane cellulaire entoure", "protège"},
        ),
        (
            "es",
            "La división de células comienza. La membrana rodea el aparato de Golgi.",
            {"división de células", "aparato de Golgi"},
            {"comienza", "rodea", "membrana rodea"},
        ),
    ],
)
def test_other_languages(language: str, text: str, wanted: set[str], unwanted: set[str]) -> None:
    found = set(_texts(text, language))
    assert wanted <= found
    assert not unwanted & found


def test_a_language_that_no_dictionary_knows() -> None:
    assert _texts("Blorp fizzle gronk. Blorp fizzle zib!", "xx")[0] == "Blorp fizzle"


def test_many_texts_at_once_give_the_same_as_one_by_one() -> None:
    texts = ["Helicase unwinds the double helix.", "", "A membrane surrounds the nucleus."]
    assert find_terms_by_text(texts, "en") == [find_terms(text, "en") for text in texts]


def test_sums_add_counts_and_put_the_most_frequent_first() -> None:
    groups = find_terms_by_text(["A membrane and a nucleus.", "The nucleus."], "en")
    assert [(term.text, term.count) for term in sum_terms(groups)] == [
        ("nucleus", 2),
        ("membrane", 1),
    ]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["en", "de", "fr", "xx"]))
def test_any_text_gives_terms_made_of_its_words(text: str, language: str) -> None:
    flat = " ".join(text.split()).casefold()
    for term in find_terms(text, language):
        assert term.count >= 1
        assert term.key
        assert all(word in flat for word in term.text.casefold().split())
