"""The forms of question. Each takes a fact or a sentence and gives questions, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from courses.language.words import content_lemmas
from quizzes.generation.extractive import levels
from quizzes.generation.extractive.criteria import is_answer, may_be_subject, tells_enough
from quizzes.generation.extractive.distractors import Distractor, wrong_terms
from quizzes.generation.extractive.facts import Fact, Gap, Shape, Term
from quizzes.generation.extractive.material import FactSource, Material, Source, TermRecord
from quizzes.generation.extractive.wrongstatements import wrong_definitions, wrong_predicates
from quizzes.generation.item_checks import BLANK
from quizzes.generation.schemas import QuestionDraft, QuestionKind

_MIN_CONTEXT = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question with what its choice depends on; more `worth` is better."""

    question: QuestionDraft
    answer_key: str
    worth: float
    order: int


@dataclass(frozen=True, slots=True)
class _Wording:
    """`claim` is the whole sentence that the right choice makes."""

    kind: QuestionKind
    stem: str
    right: str
    wrong: Sequence[Distractor]
    claim: str


def candidates(material: Material) -> Iterator[Candidate]:
    """Every question that the topics' passages carry, in reading order."""
    subjects = _subjects(material)
    facts = {item.source.order: item for item in material.facts}
    for source in material.sources:
        if source.topic is None:
            continue
        if item := facts.get(source.order):
            yield from which_term(material, item, subjects)
            yield from what_is(material, item)
            yield from true_statement(material, item)
        for gap in source.statement.gaps:
            yield from cloze(material, source, gap)


def _subjects(material: Material) -> list[TermRecord]:
    """What the text makes statements about: the best wrong answers to "which of these"."""
    terms = [item.fact.term for item in material.facts if is_answer(material, item.fact.term)]
    return list(dict.fromkeys(material.record(term) for term in terms))


def which_term(
    material: Material, item: FactSource, subjects: Sequence[TermRecord]
) -> Iterator[Candidate]:
    """Ask which term a definition or statement is about."""
    fact = item.fact
    if not is_answer(material, fact.term) or not tells_enough(material, fact):
        return
    wrong = wrong_terms(material, fact.term, fact.predicate, subjects)
    wrong = wrong or wrong_terms(material, fact.term, fact.predicate)
    if wrong:
        wording = _Wording(
            kind=QuestionKind.DEFINITION if fact.genus else QuestionKind.OPEN_FORM,
            stem=f"Which {fact.term.sort or 'of these'} {fact.predicate}?",
            right=fact.term.text,
            wrong=wrong,
            claim=_sentence(fact),
        )
        worth = 1.0 + 0.3 * bool(fact.genus)
        yield _candidate(material, item.source, fact.term, wording, worth)


def what_is(material: Material, item: FactSource) -> Iterator[Candidate]:
    """Ask for a term's definition among those of other terms."""
    fact = item.fact
    if not fact.definition or not may_be_subject(material, fact.term):
        return
    if wrong := wrong_definitions(material, item):
        wording = _Wording(
            kind=QuestionKind.DEFINITION,
            stem=f"What {'are' if fact.plural else 'is'} {fact.subject}?",
            right=fact.definition,
            wrong=wrong,
            claim=_sentence(fact),
        )
        yield _candidate(material, item.source, fact.term, wording, 1.5)


def true_statement(material: Material, item: FactSource) -> Iterator[Candidate]:
    """Ask what is true of a subject; the wrong statements are true of others."""
    fact = item.fact
    if not may_be_subject(material, fact.term) or not tells_enough(material, fact):
        return
    if wrong := wrong_predicates(material, item):
        it = "They" if fact.plural else "It"
        acting = fact.acts and all(choice.acts for choice in wrong)
        does = "do" if fact.plural else "does"
        wording = _Wording(
            kind=QuestionKind.TRUE_STATEMENT,
            stem=f"What {does} {fact.subject} do?"
            if acting
            else f"Which of these statements about {fact.subject} is correct?",
            right=f"{it} {fact.predicate}.",
            wrong=[replace(choice, text=f"{it} {choice.text}.") for choice in wrong],
            claim=_sentence(fact),
        )
        yield _candidate(material, item.source, fact.term, wording, 1.1)


def _sentence(fact: Fact) -> str:
    return f"{fact.subject} {fact.predicate}."


def cloze(material: Material, source: Source, gap: Gap) -> Iterator[Candidate]:
    """Leave a term out of a sentence that says enough without it."""
    clean = source.statement.clean
    before, after = clean[: gap.start], clean[gap.end :]
    rest = set(content_lemmas(before + after, material.language))
    named_again = rest >= set(content_lemmas(gap.term.text, material.language))
    if not is_answer(material, gap.term) or named_again or len(rest) < _MIN_CONTEXT:
        return
    if wrong := wrong_terms(material, gap.term, before + after):
        wording = _Wording(
            kind=QuestionKind.CLOZE,
            stem=re.sub(r"\b([Aa])n? $", r"\1(n) ", before) + BLANK + after,
            right=gap.term.text,
            wrong=wrong,
            claim=clean,
        )
        yield _candidate(material, source, gap.term, wording, 0.6)


def _candidate(
    material: Material, source: Source, term: Term, wording: _Wording, worth: float
) -> Candidate:
    nearness = [choice.nearness for choice in wording.wrong]
    quote = source.statement.quote
    question = QuestionDraft(
        kind=wording.kind,
        stem=wording.stem,
        choices=(wording.right, *(choice.text for choice in wording.wrong)),
        correct=0,
        explanation=f"The text says: \u201c{quote}\u201d",
        difficulty=levels.difficulty(nearness, wording.stem),
        bloom=levels.bloom(wording.kind, wording.right),
        topic_id=source.topic or 0,
        passage_id=source.passage.id,
        quote=quote,
        support=support(wording.claim, quote, material.language),
    )
    worth += _term_worth(material, term) + sum(nearness) / len(nearness)
    return Candidate(question, term.key, worth, source.order)


def _term_worth(material: Material, term: Term) -> float:
    """Names, technical phrases and what the text returns to are worth more."""
    often = min(material.record(term).count, 10) / 50
    return 0.2 * (term.words > 1) + 0.2 * (term.shape is not Shape.WORD) + often


def support(claim: str, quote: str, language: str) -> float:
    """The share of the claim's content words that stand in the quote."""
    claimed = set(content_lemmas(claim, language))
    return len(claimed & set(content_lemmas(quote, language))) / max(1, len(claimed))
