"""Titles, summaries and learning objectives, made from terms of the text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from engine.language.sentences import split_sentences
from engine.language.terms import Term, TermFinder, sum_terms
from engine.lessons.phrases import listed, phrases
from engine.lessons.schemas import SourcePassage
from engine.lessons.titles import lower_first, shortened
from engine.reading.document import PassageKind

# Enough of a group to know its terms; reading all of a thick book would take a minute.
_MAX_SAMPLE_PASSAGES = 8
_FIRST_WORDS = 8
_PROSE = (PassageKind.PROSE, PassageKind.LIST)


def distinctive_terms(
    groups: Sequence[Sequence[SourcePassage]], finder: TermFinder, count: int
) -> list[list[str]]:
    """Returns for each group the terms that distinguish it from the others, the best first."""
    samples = []
    for group in groups:
        prose = [passage for passage in group if passage.kind in _PROSE]
        step = max(1, len(prose) // _MAX_SAMPLE_PASSAGES)
        samples.append(prose[::step][:_MAX_SAMPLE_PASSAGES])
    found = iter(finder.by_text([p.text for group in samples for p in group]))
    terms = [sum_terms([next(found) for _ in group]) for group in samples]
    spread = Counter(term.key for group in terms for term in group)
    return [_telling(group, spread, len(groups), count) for group in terms]


def _telling(
    terms: Sequence[Term], spread: Counter[tuple[str, ...]], groups: int, count: int
) -> list[str]:
    def weight(term: Term) -> float:
        rarity = math.log((groups + 1) / spread[term.key]) + 0.1
        return round(term.count * rarity * (1.5 if len(term.key) > 1 else 1.0), 6)

    chosen: list[Term] = []
    for term in sorted(terms, key=weight, reverse=True):
        if not any(set(term.key) & set(other.key) for other in chosen):
            chosen.append(term)
        if len(chosen) == count:
            break
    return [term.text for term in chosen]


def title_from_terms(terms: Sequence[str], passages: Sequence[SourcePassage], language: str) -> str:
    """Returns, for example, "Photosynthesis and chloroplasts"; the text's first words if it has no
    terms."""
    if terms:
        title = listed(list(terms), language)
        return shortened(title[:1].upper() + title[1:])
    for passage in passages:
        for sentence in split_sentences(passage.text, language):
            words = "".join(c if c.isprintable() else " " for c in sentence).split()
            more = "\u2026" if len(words) > _FIRST_WORDS else ""
            if words:
                return shortened(" ".join(words[:_FIRST_WORDS]).rstrip(" .,;:") + more)
    return "\u2026"


_MAX_NAMES_IN_SUMMARY = 10


def summary(titles: Sequence[str], language: str) -> str:
    """Returns one sentence that names what the topics are about."""
    opening = phrases(language).introduction
    names = [name for title in titles for name in title.split("; ")]
    telling = [name for name in names if name != opening] or names
    return phrases(language).covers.format(_named(telling, language))


def description(titles: Sequence[str], language: str) -> str:
    """Returns one sentence that says what the modules of a course are about."""
    return phrases(language).course.format(_named(titles, language)) if titles else ""


def _named(names: Sequence[str], language: str) -> str:
    shown = [lower_first(name, language).rstrip("?!") for name in names[:_MAX_NAMES_IN_SUMMARY]]
    return "; ".join(shown) if any("," in name for name in shown) else listed(shown, language)
