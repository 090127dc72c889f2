"""Finds the place of a document's exercises and glossary among the topics of a course."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.language.words import normalise
from engine.lessons.document_parts import exercises, in_glossary
from engine.lessons.schemas import ModulePlan, SourcePassage, TopicPlan

_MAX_TERM_WORDS = 5


def with_supplements(
    modules: Sequence[ModulePlan], passages: Sequence[SourcePassage]
) -> tuple[ModulePlan, ...]:
    """Returns the plans with what goes with each topic besides what it is taught from.

    Exercises go with the topic that is taught from the last passage before them, in the same
    document; a glossary goes with each topic in which one of its terms occurs.
    """
    known = {passage.id: passage for passage in passages}
    planned = [topic for module in modules for topic in module.topics]
    extra: list[list[int]] = [[] for _ in planned]
    taught = sorted(
        (known[i].document, known[i].position, number)
        for number, topic in enumerate(planned)
        for i in topic.passage_ids
    )
    for exercise in exercises(passages):
        place = bisect_left(taught, (exercise.document, exercise.position)) - 1
        if place >= 0 and taught[place][0] == exercise.document:
            extra[taught[place][2]].append(exercise.id)
    glossary = [passage for passage in passages if in_glossary(passage)]
    for number, topic in enumerate(planned):
        extra[number] += _glossary_of(topic, glossary, known)
    following = iter(extra)
    return tuple(
        replace(
            module,
            topics=tuple(
                replace(topic, supplement_ids=tuple(next(following))) for topic in module.topics
            ),
        )
        for module in modules
    )


def _glossary_of(
    topic: TopicPlan, glossary: Sequence[SourcePassage], known: dict[int, SourcePassage]
) -> Iterator[int]:
    if not glossary:
        return
    own = [known[key] for key in topic.passage_ids]
    text = f" {normalise(' '.join(passage.text for passage in own))} "
    for passage in glossary:
        if passage not in own and any(f" {term} " in text for term in _terms(passage)):
            yield passage.id


def _terms(passage: SourcePassage) -> Iterator[str]:
    """Yields what may be a term: the first words of each line."""
    for line in passage.text.splitlines():
        cells = line.strip("|-\u2022* \t").replace("|", ":").split(":")
        term = normalise(cells[0])
        if term and len(term.split()) <= _MAX_TERM_WORDS:
            yield term
