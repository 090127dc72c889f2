"""Wrong statements: what the text says of other things, where nothing hints at this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from courses.language.words import content_lemmas
from quizzes.generation.extractive.criteria import may_be_subject, tells_enough
from quizzes.generation.extractive.distractors import WANTED, Distractor
from quizzes.generation.extractive.facts import Fact
from quizzes.generation.extractive.material import FactSource, Material

_SHORTEST, _LONGEST = 0.62, 1.5
_MAX_SHARED = 0.4
_MAX_CLAIM_SIMILARITY = 0.8
# Each earlier use of a wrong statement makes it less welcome.
_REUSE = 0.1

Wording = Callable[[Fact], str]


def wrong_predicates(material: Material, about: FactSource) -> tuple[Distractor, ...]:
    """Three predicates of other subjects that would be false of this one, or none at all."""
    others = [other for other in material.facts if tells_enough(material, other.fact)]
    return _wrong(material, about, others, lambda fact: fact.predicate)


def wrong_definitions(material: Material, about: FactSource) -> tuple[Distractor, ...]:
    """Three definitions of other terms, or none at all."""
    others = [other for other in material.facts if other.fact.definition]
    return _wrong(material, about, others, lambda fact: fact.definition)


def _wrong(
    material: Material, about: FactSource, others: Sequence[FactSource], wording: Wording
) -> tuple[Distractor, ...]:
    fitting = [other for other in others if _is_akin(material, about.fact, other.fact)]
    scores = {other.row: _nearness(material, about, other) for other in fitting}
    fitting.sort(key=lambda other: (-scores[other.row], wording(other.fact)))
    chosen: list[FactSource] = []
    for other in fitting:
        if _is_distinct(material, about, other, chosen, wording) and not material.says(
            about.fact.term.text, wording(other.fact)
        ):
            chosen.append(other)
        if len(chosen) == WANTED:
            material.lent.update(wording(other.fact) for other in chosen)
            return tuple(_distractor(other, wording, scores[other.row]) for other in chosen)
    return ()


def _distractor(other: FactSource, wording: Wording, score: float) -> Distractor:
    nearness = min(1.0, max(0.0, score))
    return Distractor(wording(other.fact), other.fact.term.key, nearness, acts=other.fact.acts)


def _is_akin(material: Material, fact: Fact, other: Fact) -> bool:
    same_number = fact.plural == other.plural
    return same_number and fact.term.key != other.term.key and may_be_subject(material, other.term)


def _nearness(material: Material, about: FactSource, other: FactSource) -> float:
    fact, theirs = about.fact, other.fact
    subjects = material.similarity(material.record(fact.term), material.record(theirs.term))
    score = 0.5 * max(0.0, subjects) + 0.4 * max(0.0, material.claim_similarity(about, other))
    score += 0.15 * (other.source.topic is not None) + 0.1 * (theirs.acts == fact.acts)
    score += 0.25 * (theirs.term.sort == fact.term.sort != "") + 0.1 * (theirs.genus == fact.genus)
    return score - _REUSE * material.lent[theirs.predicate]


def _is_distinct(
    material: Material,
    about: FactSource,
    other: FactSource,
    chosen: Sequence[FactSource],
    wording: Wording,
) -> bool:
    """As long as the right statement, about something else, in other words than those chosen."""
    phrase, right = wording(other.fact), wording(about.fact)
    if not _SHORTEST <= len(phrase) / len(right) <= _LONGEST:
        return False
    if other.fact.term.key in {known.fact.term.key for known in chosen}:
        return False
    words = set(content_lemmas(phrase, material.language))
    if words & set(content_lemmas(about.fact.term.text, material.language)):
        return False
    if material.claim_similarity(about, other) > _MAX_CLAIM_SIMILARITY:
        return False
    return all(
        len(words & theirs) <= _MAX_SHARED * min(len(words), len(theirs))
        for theirs in (
            set(content_lemmas(wording(known.fact), material.language))
            for known in (about, *chosen)
        )
    )
