"""A quiz in pieces: what is asked about in one call, and how many questions of which difficulty.

The calls of a quiz run side by side, so that a long quiz takes no longer than a short one. They
cannot see each other's questions; each has passages of its own, so that they ask different ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from courses.generation.schemas import SourcePassage
from profai.ai.tokens import estimate_tokens
from quizzes.generation.schemas import Difficulty, QuizRequest, QuizTopic

QUESTIONS_A_CALL = 5
WORDS_A_QUESTION = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """`wanted` questions by difficulty about `passages`, which are those of `topics`."""

    topics: tuple[QuizTopic, ...]
    passages: tuple[SourcePassage, ...]
    wanted: Mapping[Difficulty, int]

    @property
    def count(self) -> int:
        return sum(self.wanted.values())

    def topic_of(self, passage: SourcePassage) -> QuizTopic:
        return next(topic for topic in self.topics if passage in topic.passages)


def batches(request: QuizRequest, *, budget: int) -> list[Batch]:
    """`budget` are tokens of passages a call."""
    difficulties = _spread(shares(request.size, dict(request.mix)))
    return [
        Batch(topics, _passages(topics, budget), Counter(next(difficulties) for _ in range(count)))
        for topics, count in _groups(_parts(request))
    ]


def shares(total: int, weights: Mapping[Difficulty, float]) -> dict[Difficulty, int]:
    """Whole numbers that add up to `total` and come nearest to the weights."""
    weights = weights or {Difficulty.MEDIUM: 1.0}
    whole = sum(weights.values())
    exact = {level: total * weight / whole for level, weight in weights.items()}
    counts = {level: int(value) for level, value in exact.items()}
    by_rest = sorted(exact, key=lambda level: counts[level] - exact[level])
    for level in by_rest[: total - sum(counts.values())]:
        counts[level] += 1
    return counts


def _parts(request: QuizRequest) -> Iterator[tuple[QuizTopic, int]]:
    """Topics, the large ones cut, each with the number of its questions."""
    topics = _disjoint(request.topics)
    for topic, count in zip(topics, _by_words(topics, request.size), strict=True):
        calls = -(-count // QUESTIONS_A_CALL)
        for at in range(calls):
            part = topic.passages[_share(len(topic.passages), at, calls)]
            asked = _share(count, at, calls)
            # A single long passage is asked about by all of a topic's calls.
            yield replace(topic, passages=part or topic.passages), asked.stop - asked.start


def _share(total: int, at: int, parts: int) -> slice:
    return slice(total * at // parts, total * (at + 1) // parts)


def _disjoint(topics: Sequence[QuizTopic]) -> list[QuizTopic]:
    """Each passage with one topic only: of those that have it, the one with the fewest yet."""
    own: list[list[SourcePassage]] = [[] for _ in topics]
    holders: dict[int, list[int]] = {}
    passages = {}
    for index, topic in enumerate(topics):
        for passage in topic.passages:
            holders.setdefault(passage.id, []).append(index)
            passages[passage.id] = passage
    for id_, indexes in holders.items():
        own[min(indexes, key=lambda index: len(own[index]))].append(passages[id_])
    return [replace(t, passages=tuple(mine)) for t, mine in zip(topics, own, strict=True)]


def _by_words(topics: Sequence[QuizTopic], size: int) -> list[int]:
    """Questions a topic, by the words it has to be asked about, and no more than they carry."""
    words = [sum(len(p.text.split()) for p in topic.passages) for topic in topics]
    total = sum(words)
    size = min(size, -(-total // WORDS_A_QUESTION))
    counts = []
    given = seen = 0
    for own in words:
        seen += own
        counts.append(round(size * seen / total) - given if total else 0)
        given += counts[-1]
    return counts


def _groups(
    parts: Iterator[tuple[QuizTopic, int]],
) -> Iterator[tuple[tuple[QuizTopic, ...], int]]:
    """Neighbours together, up to the questions of a call."""
    group: list[QuizTopic] = []
    total = 0
    for topic, count in parts:
        if group and total + count > QUESTIONS_A_CALL:
            yield tuple(group), total
            group, total = [], 0
        group, total = [*group, topic], total + count
    if total:
        yield tuple(group), total


def _spread(counts: Mapping[Difficulty, int]) -> Iterator[Difficulty]:
    """The difficulties in turn, so that every call gets its share of each; without end."""
    left = Counter(counts)
    while True:
        if not left.total():
            left = Counter(counts)
        for level in counts:
            if left[level]:
                left[level] -= 1
                yield level


def _passages(topics: Sequence[QuizTopic], budget: int) -> tuple[SourcePassage, ...]:
    """What is asked about, in reading order, each topic with an equal part of the budget."""
    chosen: dict[int, SourcePassage] = {}
    for topic in topics:
        left = budget // len(topics)
        for passage in topic.passages:
            left -= estimate_tokens(passage.text)
            if left < 0 and chosen:
                break
            chosen[passage.id] = passage
    return tuple(chosen.values())
