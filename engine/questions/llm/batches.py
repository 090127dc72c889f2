"""Divides a quiz into batches: their topics, passages, and numbers of questions by difficulty.

Batches are worked on at the same time, so that a long quiz takes no longer than a short one. They
do not see each other's questions; each has its own passages, so that they ask different ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.lessons.schemas import SourcePassage
from engine.llm.prompting import estimate_tokens
from engine.questions.schemas import Difficulty, QuizRequest, QuizTopic

QUESTIONS_A_BATCH = 12
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
    """Returns the batches of a quiz, each with passages of at most `budget` tokens."""
    difficulties = _spread(shares(request.size, dict(request.mix)))
    # As equal as can be: of 15 questions 8 and 7, not 12 and 3.
    most = -(-request.size // max(-(-request.size // QUESTIONS_A_BATCH), 1))
    return [
        Batch(topics, _passages(topics, budget), Counter(next(difficulties) for _ in range(count)))
        for topics, count in _groups(_parts(request, most), most)
    ]


def shares(total: int, weights: Mapping[Difficulty, float]) -> dict[Difficulty, int]:
    """Returns whole numbers that add up to `total` and are nearest to the weights."""
    weights = weights or {Difficulty.MEDIUM: 1.0}
    whole = sum(weights.values())
    exact = {level: total * weight / whole for level, weight in weights.items()}
    counts = {level: int(value) for level, value in exact.items()}
    by_rest = sorted(exact, key=lambda level: counts[level] - exact[level])
    for level in by_rest[: total - sum(counts.values())]:
        counts[level] += 1
    return counts


def _parts(request: QuizRequest, most: int) -> Iterator[tuple[QuizTopic, int]]:
    """Yields topics, large ones cut, each with its number of questions."""
    topics = _disjoint(request.topics)
    for topic, count in zip(topics, _by_words(topics, request.size), strict=True):
        calls = -(-count // most)
        for at in range(calls):
            part = topic.passages[_share(len(topic.passages), at, calls)]
            asked = _share(count, at, calls)
            # A single long passage is asked about by all of a topic's calls.
            yield replace(topic, passages=part or topic.passages), asked.stop - asked.start


def _share(total: int, at: int, parts: int) -> slice:
    return slice(total * at // parts, total * (at + 1) // parts)


def _disjoint(topics: Sequence[QuizTopic]) -> list[QuizTopic]:
    """Gives each passage to one topic only: the one of its topics with the fewest so far."""
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
    """Returns the number of questions of each topic by its words, as far as these suffice."""
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
    parts: Iterator[tuple[QuizTopic, int]], most: int
) -> Iterator[tuple[tuple[QuizTopic, ...], int]]:
    """Yields neighbouring topics together, up to the number of questions of one batch."""
    group: list[QuizTopic] = []
    total = 0
    for topic, count in parts:
        if group and total + count > most:
            yield tuple(group), total
            group, total = [], 0
        group, total = [*group, topic], total + count
    if total:
        yield tuple(group), total


def _spread(counts: Mapping[Difficulty, int]) -> Iterator[Difficulty]:
    """Yields the difficulties in turn without end, so that every call gets some of each."""
    left = Counter(counts)
    while True:
        if not left.total():
            left = Counter(counts)
        for level in counts:
            if left[level]:
                left[level] -= 1
                yield level


def _passages(topics: Sequence[QuizTopic], budget: int) -> tuple[SourcePassage, ...]:
    """Returns the passages to ask about; each topic has an equal part of the budget."""
    chosen: dict[int, SourcePassage] = {}
    for topic in topics:
        for passage in _spread_over(topic.passages, budget // len(topics)):
            chosen[passage.id] = passage
    return tuple(chosen.values())


def _spread_over(passages: Sequence[SourcePassage], budget: int) -> list[SourcePassage]:
    """Returns passages from beginning to end that fit the budget; at least one of any."""
    tokens = [estimate_tokens(passage.text) for passage in passages]
    total = sum(tokens)
    if total <= budget:
        return list(passages)
    count = max(len(passages) * budget // total, 1)
    chosen = [len(passages) * at // count for at in range(count)]
    while len(chosen) > 1 and sum(tokens[at] for at in chosen) > budget:
        chosen.pop()
    return [passages[at] for at in chosen]
