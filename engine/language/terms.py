"""The terms of a text: phrases that name what it is about, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.language.english import english_candidates
from engine.language.latin import latin_candidates
from engine.language.sentences import split_sentences
from engine.language.words import Candidate, base_language, has_spaces, lemma

_MAX_SENTENCE = 1_500


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase in its most frequent form; `key` (lemmas) is the same for all its forms."""

    text: str
    key: tuple[str, ...]
    count: int


def find_terms_by_text(texts: Sequence[str], language: str) -> list[list[Term]]:
    """Returns the terms of each text, the most frequent first, then in order of appearance."""
    sentences = [
        [" ".join(sentence.split()) for sentence in split_sentences(text, language)]
        for text in texts
    ]
    if not has_spaces(language):
        return [[] for _ in texts]  # a clause would be taken for a word
    flat = [s[:_MAX_SENTENCE] for group in sentences for s in group]
    found = (
        english_candidates(flat)
        if base_language(language) == "en"
        else latin_candidates(flat, language)
    )
    return [_counted(language, (next(found) for _ in group)) for group in sentences]


class TermFinder:
    """Finds the terms of texts in one language, and reads no text twice."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._found: dict[str, list[Term]] = {}

    def by_text(self, texts: Sequence[str]) -> list[list[Term]]:
        """Returns what `find_terms_by_text` returns."""
        new = [text for text in dict.fromkeys(texts) if text not in self._found]
        self._found |= zip(new, find_terms_by_text(new, self._language), strict=True)
        return [self._found[text] for text in texts]


def sum_terms(groups: Iterable[Sequence[Term]]) -> list[Term]:
    """Returns the terms of several texts together, with their counts added up."""
    counts: Counter[tuple[str, ...]] = Counter()
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for group in groups:
        for term in group:
            counts[term.key] += term.count
            forms.setdefault(term.key, Counter())[term.text] += term.count
    return _ranked(counts, forms)


def _counted(language: str, sentences: Iterable[list[Candidate]]) -> list[Term]:
    counts: Counter[tuple[str, ...]] = Counter()
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for candidates in sentences:
        for candidate in candidates:
            key = tuple(lemma(word, language) for word in candidate.words)
            counts[key] += 1
            forms.setdefault(key, Counter())[candidate.text] += 1
    return _ranked(counts, forms)


def _ranked(
    counts: Counter[tuple[str, ...]], forms: dict[tuple[str, ...], Counter[str]]
) -> list[Term]:
    # Counter.most_common keeps the order of appearance among equals.
    return [Term(forms[key].most_common(1)[0][0], key, n) for key, n in counts.most_common()]
