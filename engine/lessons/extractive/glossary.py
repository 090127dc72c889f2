"""Finds the key terms of a topic, each with the sentence of the text that defines it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.language.terms import Term, find_terms_by_text, sum_terms
from engine.language.words import lemma, normalise
from engine.lessons.document_parts import in_glossary
from engine.lessons.extractive.cues import (
    defining_begins,
    looks_like_code,
    naming_ends,
    needs_sentence_before,
    points_elsewhere,
)
from engine.lessons.extractive.reading import Piece, Sentence, read
from engine.lessons.extractive.selection import is_whole
from engine.lessons.schemas import KeyTermDraft, SourcePassage

_MAX_TERMS = 8
_MAX_OF_GLOSSARY = 60
_COLUMNS = 2
# "Term: meaning" and "Term \u2013 meaning"; a term of more letters is a sentence.
_ENTRY = re.compile(r"^[-\u2022*\s]*(.{2,40}?)\s*(?::|\s[\u2013\u2014-]|\t)\s+(\S.{5,})$")


def key_terms(
    pieces: Sequence[Piece], language: str, supplements: Sequence[SourcePassage] = ()
) -> tuple[KeyTermDraft, ...]:
    """Returns the terms that a glossary gives, then those that sentences define.

    Of a glossary among the `supplements`, which is the whole document's, those that occur here.
    """
    listed = _listed(pieces)
    if glossary := [one for one in supplements if in_glossary(one)]:
        text = f" {_lemmas(' '.join(piece.text for piece in pieces), language)} "
        known = {draft.term.casefold() for draft in listed}
        listed += [
            draft
            for draft in _listed(read(glossary, language))
            if f" {_lemmas(draft.term, language)} " in text and draft.term.casefold() not in known
        ]
    known = {draft.term.casefold() for draft in listed}
    sentences = [
        p
        for p in pieces
        if isinstance(p, Sentence)
        and (is_whole(p.text) and not p.text.endswith((":", "?")) and not looks_like_code(p.text))
        and not (needs_sentence_before(p.text, language) or points_elsewhere(p.text))
    ]
    found = find_terms_by_text([sentence.text for sentence in sentences], language)
    drafts: list[KeyTermDraft] = []
    used: set[Sentence] = set()
    for term in sum_terms(found):
        definition = _definition(term, sentences, found, used, language)
        if definition and len(drafts) < _MAX_TERMS:
            used.add(definition)
            drafts.append(KeyTermDraft(term.text, definition.text, definition.passage.id))
    defined = [one for one in tuple(drafts) if one.term.casefold() not in known]
    return (*listed, *defined)


def _lemmas(text: str, language: str) -> str:
    """Returns the words in their base forms: a lesson says "capillaries" where a glossary has
    one."""
    return " ".join(lemma(word, language) for word in normalise(text).split())


def _listed(pieces: Sequence[Piece]) -> list[KeyTermDraft]:
    drafts: dict[str, KeyTermDraft] = {}
    for piece in pieces:
        if not in_glossary(piece.passage):
            continue
        for term, meaning in _entries(piece):
            drafts.setdefault(term.casefold(), KeyTermDraft(term, meaning, piece.passage.id))
    return list(drafts.values())[:_MAX_OF_GLOSSARY]


def _entries(piece: Piece) -> Iterator[tuple[str, str]]:
    for row in piece.text.splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
        if row.startswith("|"):
            if len(cells) == _COLUMNS and all(any(c.isalpha() for c in cell) for cell in cells):
                yield cells[0], cells[1]
        elif found := _ENTRY.match(row):
            yield found.group(1), found.group(2)


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
