"""Wrong terms: of the right one's kind, near it in meaning, and not right themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from courses.language.words import content_lemmas
from quizzes.generation.extractive.criteria import phrase_count
from quizzes.generation.extractive.facts import Shape, Term
from quizzes.generation.extractive.material import Material, TermRecord
from quizzes.generation.extractive.shapes import code_form

WANTED = 3
MIN_SIMILARITY = 0.22
MAX_SIMILARITY = 0.88
# The answer must belong to the rest of its sentence more clearly than a wrong answer does.
TIE_MARGIN = 0.02
_LENGTH_RATIO = 2.2


@dataclass(frozen=True, slots=True)
class Distractor:
    """`source` names the term or subject it was taken from; `nearness` runs from 0 to 1."""

    text: str
    source: str
    nearness: float
    acts: bool = False


def wrong_terms(
    material: Material, answer: Term, claim: str, pool: Iterable[TermRecord] | None = None
) -> tuple[Distractor, ...]:
    """Three terms that could stand where `answer` stands in `claim`, or none at all.

    `claim` is the question's sentence without the answer: a term that occurs in it, that the
    text connects with it anywhere, or that is nearer to it than the answer is left out.
    """
    record = material.record(answer)
    known = material.records.values() if pool is None else pool
    ties = material.ties(claim)
    ranked = sorted(
        (other for other in known if _fits(record, other)),
        key=lambda other: (-nearness(material, record, other), other.term.text),
    )
    claimed = set(content_lemmas(claim, material.language))
    chosen: list[TermRecord] = []
    for other in ranked:
        if ties[other.row] + TIE_MARGIN > ties[record.row]:
            continue
        words = set(content_lemmas(other.term.text, material.language))
        if not words or words <= claimed or not _is_distinct(material, record, other, chosen):
            continue
        if not material.says(other.term.text, claim):
            chosen.append(other)
        if len(chosen) == WANTED:
            return tuple(
                Distractor(o.term.text, o.term.key, nearness(material, record, o)) for o in chosen
            )
    return ()


def nearness(material: Material, answer: TermRecord, other: TermRecord) -> float:
    """Meaning first, then the same head noun and the same module."""
    meaning = max(0.0, material.similarity(answer, other))
    same_head = answer.term.head == other.term.head
    return 0.6 * meaning + 0.25 * same_head + 0.15 * other.own


def _fits(answer: TermRecord, other: TermRecord) -> bool:
    """Same look, same number, and used with the same article."""
    a, b = answer.term, other.term
    if a.key == b.key or a.plural != b.plural or not _same_look(a, b):
        return False
    if a.shape is Shape.WORD and not other.defined and other.count < phrase_count(b):
        return False
    if abs(a.words - b.words) > 1 or not (
        1 / _LENGTH_RATIO <= len(a.text) / len(b.text) <= _LENGTH_RATIO
    ):
        return False
    return a.plural or a.article == "the" or a.article in other.articles


def _same_look(a: Term, b: Term) -> bool:
    names = (Shape.NAME, Shape.ACRONYM)
    same_shape = a.shape is b.shape or (a.shape in names and b.shape in names)
    same_form = a.sort == b.sort and code_form(a.text) == code_form(b.text)
    return same_shape and same_form and a.text[:1].isupper() == b.text[:1].isupper()


def _is_distinct(
    material: Material, answer: TermRecord, other: TermRecord, chosen: Sequence[TermRecord]
) -> bool:
    """No part and no synonym of the answer or of another wrong term, but akin to the answer."""
    words = set(content_lemmas(other.term.text, material.language))
    for known in (answer, *chosen):
        theirs = set(content_lemmas(known.term.text, material.language))
        if words <= theirs or theirs <= words:
            return False
        if material.similarity(known, other) > MAX_SIMILARITY:
            return False
    if answer.term.head == other.term.head or answer.term.shape in (Shape.CODE, Shape.ACRONYM):
        return True
    return material.similarity(answer, other) >= MIN_SIMILARITY
