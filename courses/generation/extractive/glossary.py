"""The key terms of a topic, each with the sentence of the text that defines it."""

from __future__ import annotations

from collections.abc import Sequence

from courses.generation.extractive.cues import (
    defining_begins,
    leans_back,
    looks_like_code,
    naming_ends,
    points_elsewhere,
)
from courses.generation.extractive.reading import Piece, Sentence
from courses.generation.extractive.selection import is_whole
from courses.generation.schemas import KeyTermDraft
from courses.language.terms import Term, find_terms_by_text, sum_terms

_MOST = 8


def key_terms(pieces: Sequence[Piece], language: str) -> tuple[KeyTermDraft, ...]:
    sentences = [p for p in pieces if isinstance(p, Sentence) and _could_define(p.text, language)]
    found = find_terms_by_text([sentence.text for sentence in sentences], language)
    drafts: list[KeyTermDraft] = []
    used: set[Sentence] = set()
    for term in sum_terms(found):
        definition = _definition(term, sentences, found, used, language)
        if definition and len(drafts) < _MOST:
            used.add(definition)
            drafts.append(KeyTermDraft(term.text, definition.text, definition.passage.id))
    return tuple(drafts)


def _could_define(text: str, language: str) -> bool:
    whole = is_whole(text) and not text.endswith((":", "?")) and not looks_like_code(text)
    return whole and not leans_back(text, language) and not points_elsewhere(text)


def _definition(
    term: Term,
    sentences: Sequence[Sentence],
    found: Sequence[Sequence[Term]],
    used: set[Sentence],
    language: str,
) -> Sentence | None:
    for sentence, terms in zip(sentences, found, strict=True):
        if sentence in used or not any(other.key == term.key for other in terms):
            continue
        if _names(term, sentence.text, terms, language):
            return sentence
    return None


def _names(term: Term, text: str, terms: Sequence[Term], language: str) -> bool:
    """Whether a sentence says what the term is: "A quota is ...", "... is called a quota"."""
    form = next(other.text for other in terms if other.key == term.key)
    at = text.casefold().find(form.casefold())
    if at < 0:
        return False
    before, after = text[:at], text[at + len(form) :]
    if naming_ends(before, language):
        return True
    return defining_begins(before, after, language)
