"""Reading texts leaves nothing behind in spaCy's pipeline, and one pipeline serves all."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from engine.language import spacy_english
from engine.language.english import english_candidates
from engine.language.spacy_english import load_english
from engine.questions.extractive.english import Analysis, analyse


def sentences(count: int, word: str = "quib") -> list[str]:
    """With words that no text had before."""
    return [
        f"The {made}al membrane is a thin layer that separates the {made}ic cells from water."
        for made in (f"{word}{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count))
    ]


def analysed(texts: list[str]) -> list[Analysis]:
    return analyse([(text, ()) for text in texts])


def test_the_vocabulary_does_not_grow_with_the_texts() -> None:
    def size() -> tuple[int, int]:
        vocabulary = load_english().vocab
        return sum(1 for _ in vocabulary), len(vocabulary.strings)

    list(english_candidates(["Cells are small."]))
    analysed(["Cells are small units of which all living things are made."])
    before = size()
    found = [candidate.text for group in english_candidates(sentences(40)) for candidate in group]
    read = analysed(sentences(40))
    assert "quibaaal membrane" in found
    assert all(one.alone and one.defined for one in read)
    assert size() == before


def test_the_lemmatizer_forgets_when_it_knows_many_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacy_english, "MAX_LEMMAS", 10)
    analysed(sentences(5, word="frob"))
    assert len(load_english().get_pipe("lemmatizer").cache) <= 10


def test_parts_give_the_same_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = analysed(sentences(7, "zorp")), list(english_candidates(sentences(7)))
    from engine.questions.extractive import english

    monkeypatch.setattr(english, "_kept", OrderedDict())
    monkeypatch.setattr(spacy_english, "AT_ONCE", 2)
    assert (analysed(sentences(7, "zorp")), list(english_candidates(sentences(7)))) == whole
