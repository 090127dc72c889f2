"""Learning objectives of a module, made from what its text defines, calculates and explains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.language.sentences import split_sentences
from engine.language.words import base_language
from engine.lessons.extractive.cues import (
    calculated,
    defined_term,
    gives_reason,
    needs_sentence_before,
    procedure,
)
from engine.lessons.phrases import listed, phrases, quoted
from engine.lessons.schemas import BloomLevel, SourcePassage
from engine.lessons.titles import lower_first
from engine.reading.document import PassageKind

MAX_OBJECTIVES = 5
_MIN_OBJECTIVES = 2
_MAX_TERMS = 3
_MAX_REASON_WORDS = 22
# Enough to know what a topic teaches; reading all of a thick book would take a minute.
_PASSAGES_READ = 4
_QUESTION = re.compile(r"^(?:what|why|when|who|which|where|how)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Objective:
    text: str
    level: BloomLevel


def objectives(
    topics: Sequence[tuple[str, Sequence[SourcePassage]]], language: str
) -> tuple[Objective, ...]:
    """Returns what learners can do after a module of topics, each a title and its passages."""
    sentences = [sentence for _, own in topics for sentence in _sentences(own, language)]
    found = [*_terms(topics, language)]
    unnamed = [title for title, own in topics if not _defined(own, language)]
    if base_language(language) == "en":
        calculations = [what for one in sentences if (what := calculated(one))]
        found += [Objective(f"Calculate {what}.", BloomLevel.APPLY) for what in calculations[:1]]
        procedures = [what for one in sentences if (what := procedure(one))]
        found += [
            Objective(f"Describe how to {what}.", BloomLevel.UNDERSTAND) for what in procedures[:1]
        ]
        found += [
            Objective(f"Explain why {lower_first(first.rstrip('.'), 'en')}.", BloomLevel.UNDERSTAND)
            for first, second in pairwise(sentences)
            if gives_reason(second, "en")
            and not needs_sentence_before(first, "en")
            and len(first.split()) <= _MAX_REASON_WORDS
        ][:1]
    found += [_of_title(title, language) for title in unnamed]
    if len(found) < _MIN_OBJECTIVES:
        found += [_of_title(title, language) for title, _ in topics]
    return tuple({one.text: one for one in found[:MAX_OBJECTIVES]}.values())


def _sentences(passages: Sequence[SourcePassage], language: str) -> Iterator[str]:
    prose = [one for one in passages if one.kind in (PassageKind.PROSE, PassageKind.LIST)]
    for passage in prose[:_PASSAGES_READ]:
        for sentence in split_sentences(passage.text, language):
            yield " ".join(sentence.split())


def _terms(
    topics: Sequence[tuple[str, Sequence[SourcePassage]]], language: str
) -> Iterator[Objective]:
    """Yields one objective on terms that the text defines: those of the topics in turn."""
    by_topic = [_defined(own, language) for _, own in topics]
    first = [terms[0] for terms in by_topic if terms]
    others = [term for terms in by_topic for term in terms[1:]]
    names = [quoted(term, language) for term in list(dict.fromkeys((*first, *others)))[:_MAX_TERMS]]
    words = phrases(language)
    template = words.define_one if len(names) == 1 else words.define_many
    if names:
        yield Objective(template.format(listed(names, language)), BloomLevel.UNDERSTAND)


def _defined(passages: Sequence[SourcePassage], language: str) -> list[str]:
    return [term for one in _sentences(passages, language) if (term := defined_term(one, language))]


def _of_title(title: str, language: str) -> Objective:
    if base_language(language) != "en":
        text = phrases(language).describe.format(quoted(title, language))
    elif title.endswith("?"):
        text = f"Answer the question {quoted(title, language)}."
    elif _QUESTION.match(title):
        text = f"Explain {title[:1].lower()}{title[1:]}."
    else:
        text = phrases(language).describe.format(quoted(title, language))
    return Objective(text, BloomLevel.UNDERSTAND)
