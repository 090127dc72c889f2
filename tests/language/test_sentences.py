"""Sentence ends in English, German, French and Spanish, on lines as PDF readers leave them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language import sentences
from engine.language.sentences import sentence_spans, split_sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["As shown in Fig. 2, approx. 30 items (e.g. cats) exist.", "They are few."]),
        ("en", ["Dr. Smith saw No. 5.", "It weighs 3.5 kg.", "See Sec. A.1 for more."]),
        ("en", ["Mr. X et al. found it, see eq. (3.2) etc. and so on.", "Others did not."]),
        ("en", ["The result is given by read.table().", "In R 3.0.1 it works."]),
        ("de", ["Am 3. Oktober fand z. B. ein Fest statt.", "Vgl. Abb. 3 auf S. 12."]),
        ("de", ["Das Gerät wiegt ca. 3 kg.", "Prof. Dr. Meier kam am 5. Mai."]),
        ("fr", ["On voit la fig. 3.", "C'est, p. ex. ici, la cellule.", "Elle se divise."]),
        ("es", ["Vea la pág. 5 del Sr. García.", "La célula es la unidad básica."]),
    ],
)
def test_abbreviations_do_not_end_sentences(language: str, sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences), language) == sentences


def test_list_items_stand_alone() -> None:
    text = "There are two kinds:\n- plants, which make food\n- animals, which eat it"
    assert split_sentences(text, "en") == [
        "There are two kinds:",
        "- plants, which make food",
        "- animals, which eat it",
    ]


def test_a_number_that_opens_the_next_item_is_given_back_to_it() -> None:
    text = "It boils at 100 degrees. 2. Water freezes at zero."
    assert split_sentences(text, "en") == ["It boils at 100 degrees.", "2. Water freezes at zero."]


def test_a_heading_on_its_own_line_is_not_glued_to_the_text() -> None:
    text = "Cell division\nThe cell divides in two steps that are described\nbelow in turn."
    assert split_sentences(text, "en") == [
        "Cell division",
        "The cell divides in two steps that are described\nbelow in turn.",
    ]


def test_blank_lines_part_paragraphs() -> None:
    assert split_sentences("One thing\n\nanother thing", "en") == ["One thing", "another thing"]


@pytest.mark.parametrize("text", ["", "  \n\t ", "\n\n\n"])
def test_a_text_without_words_has_no_sentences(text: str) -> None:
    assert split_sentences(text, "en") == []


def test_a_huge_word_is_one_sentence() -> None:
    assert split_sentences("a" * 50_000, "en") == ["a" * 50_000]


@given(st.text(max_size=300), st.sampled_from(["en", "de", "fr", "es", "xx", ""]))
def test_sentences_are_pieces_of_the_text_in_order_and_lose_nothing(
    text: str, language: str
) -> None:
    spans = sentence_spans(text, language)
    position = 0
    for start, end in spans:
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


_PIECES = [
    *("The", "a", "Foo", "e.g", "Dr.", "no", "12", "May", "(a)", "[1]", ")", '"', ".", "...", "?"),
    *("\u3002", "\u0964", "U.S", "it's", "2.", "\u2022", "\n\u00a0\n", "\n", ";", ":", "3.5"),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.sampled_from([" ", ""]))
def test_a_paragraph_without_a_mark_inside_is_cut_as_if_syntok_had_read_it(
    pieces: list[str], space: str
) -> None:
    text = space.join(pieces)
    quick = sentence_spans(text, "en")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "_INNER_MARK", re.compile(""))  # stands in every text
        sentences._sentences_of.cache_clear()
        slow = sentence_spans(text, "en")
    sentences._sentences_of.cache_clear()
    assert quick == slow
