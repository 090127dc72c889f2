"""A quiz in pieces: topics that are asked about in one call, and how many questions of which
difficulty. Calls of one quiz run side by side, so that a long quiz takes no longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from courses.generation.schemas import SourcePassage
from profai.ai.tokens import estimate_tokens
from quizzes.generation.schemas import Difficulty, QuizRequest, QuizTopic

QUESTIONS_A_CALL = 5
WORDS_A_QUESTION = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """`wanted` questions by difficulty about `topics`, from `passages`."""

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
    counts = _by_topic(request)
    groups = list(_groups(request.topics, counts))
    difficulties = _spread(shares(request.size, dict(request.mix)))
    found = []
    for topics, count in groups:
        wanted = Counter(next(difficulties) for _ in range(count))
        found.append(Batch(topics, _passages(topics, budget), wanted))
    return [batch for batch in found if batch.passages]


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


def _by_topic(request: QuizRequest) -> list[int]:
    """Questions a topic, by the words it has to be asked about, and no more than they carry."""
    words = [sum(len(p.text.split()) for p in topic.passages) for topic in request.topics]
    total = sum(words)
    if not total:
        return [0] * len(words)
    size = min(request.size, max(total // WORDS_A_QUESTION, 1))
    counts = []
    given = seen = 0
    for own in words:
        seen += own
        counts.append(round(size * seen / total) - given)
        given += counts[-1]
    return counts


def _groups(
    topics: Sequence[QuizTopic], counts: Sequence[int]
) -> Iterator[tuple[tuple[QuizTopic, ...], int]]:
    """Neighbouring topics up to a call's questions; a topic with more has several calls."""
    group: list[QuizTopic] = []
    total = 0
    for topic, count in zip(topics, counts, strict=True):
        if group and total + count > QUESTIONS_A_CALL:
            yield tuple(group), total
            group, total = [], 0
        group, total = [*group, topic], total + count
        while total > QUESTIONS_A_CALL:
            yield tuple(group), QUESTIONS_A_CALL
            group, total = [topic], total - QUESTIONS_A_CALL
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
