"""The terms of a text: phrases that name what it is about, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from courses.language.candidates import Candidate
from courses.language.english import english_candidates
from courses.language.latin import latin_candidates
from courses.language.sentences import split_sentences
from courses.language.words import base_language, lemma

_LONGEST_SENTENCE = 1_500


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase in its most frequent form; `key` (lemmas) is the same for all its forms."""

    text: str
    key: tuple[str, ...]
    count: int


def find_terms(text: str, language: str) -> list[Term]:
    """The terms of one text, the most frequent first, then in the order of appearance."""
    return find_terms_by_text([text], language)[0]


def find_terms_by_text(texts: Sequence[str], language: str) -> list[list[Term]]:
    """The same for many texts at once, which is faster than one by one."""
    sentences = [
        [" ".join(sentence.split()) for sentence in split_sentences(text, language)]
        for text in texts
    ]
    flat = [s[:_LONGEST_SENTENCE] for group in sentences for s in group]
    found = iter(_candidates(flat, language))
    return [_counted(language, (next(found) for _ in group)) for group in sentences]


def sum_terms(groups: Iterable[Sequence[Term]]) -> list[Term]:
    """The terms of several texts together, with the counts added up."""
    counts: Counter[tuple[str, ...]] = Counter()
    forms: dict[tuple[str, ...], Counter[str]] = {}
    for group in groups:
        for term in group:
            counts[term.key] += term.count
            forms.setdefault(term.key, Counter())[term.text] += term.count
    return _ranked(counts, forms)


def _candidates(sentences: Sequence[str], language: str) -> Iterable[list[Candidate]]:
    if base_language(language) == "en":
        return english_candidates(sentences)
    return latin_candidates(sentences, language)


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
