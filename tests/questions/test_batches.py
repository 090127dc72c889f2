"""How a quiz is cut into calls that can run side by side."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.lessons.schemas import SourcePassage
from engine.questions.llm.batches import QUESTIONS_A_BATCH, batches, shares
from engine.questions.schemas import Difficulty, QuizRequest, QuizTopic

MIX = ((Difficulty.EASY, 0.4), (Difficulty.MEDIUM, 0.4), (Difficulty.HARD, 0.2))


def passage(number: int, words: int = 100) -> SourcePassage:
    return SourcePassage(number, 1, number, 1, 1, "1", "1", (), "word " * words)


def request(*topics: range, size: int = 20, words: int = 100) -> QuizRequest:
    return QuizRequest(
        title="Quiz",
        language="en",
        size=size,
        topics=tuple(
            QuizTopic(n, f"Topic {n}", tuple(passage(p, words) for p in pages))
            for n, pages in enumerate(topics)
        ),
        mix=MIX,
    )


@pytest.mark.parametrize(
    ("topics", "size"),
    [
        ((range(1, 4), range(4, 7), range(7, 10)), 20),
        ((range(1, 30),), 20),
        ((range(1, 2), range(2, 40)), 20),
        (tuple(range(3 * n, 3 * n + 3) for n in range(50)), 40),
    ],
)
def test_all_questions_are_asked_for_in_calls_of_a_few(
    topics: tuple[range, ...], size: int
) -> None:
    found = batches(request(*topics, size=size), budget=10_000)
    assert sum(batch.count for batch in found) == size
    assert max(batch.count for batch in found) <= QUESTIONS_A_BATCH
    wanted = sum((Counter(batch.wanted) for batch in found), Counter())
    assert wanted == Counter(shares(size, dict(MIX)))


def test_batches_are_as_equal_as_can_be() -> None:
    topics = tuple(range(3 * n, 3 * n + 3) for n in range(15))
    assert [one.count for one in batches(request(*topics, size=15), budget=10_000)] == [8, 7]


def test_passages_come_from_all_of_a_topic() -> None:
    (batch,) = batches(request(range(1, 100), size=12), budget=1000)
    ids = [one.id for one in batch.passages]
    assert ids[0] == 1
    assert ids[-1] > 60


def test_no_two_calls_ask_about_one_passage() -> None:
    shared = request(range(1, 10), range(5, 15), range(1, 15), size=20)
    seen = Counter(p.id for batch in batches(shared, budget=10_000) for p in batch.passages)
    assert set(seen.values()) == {1}
    assert len(seen) == 14


def test_a_passage_leads_back_to_its_topic() -> None:
    for batch in batches(request(range(1, 4), range(4, 9)), budget=10_000):
        for one in batch.passages:
            assert batch.topic_of(one).id == (0 if one.id < 4 else 1)


def test_little_material_is_asked_little() -> None:
    found = batches(request(range(1, 2), words=100), budget=10_000)
    assert sum(batch.count for batch in found) == 3


def test_no_material_is_not_asked_about() -> None:
    assert batches(request(range(0)), budget=10_000) == []


def test_the_budget_bounds_the_passages() -> None:
    (first, *_) = batches(request(range(1, 100), size=5), budget=1000)
    assert 1 <= len(first.passages) <= 8


@pytest.mark.parametrize(("total", "expected"), [(20, (8, 8, 4)), (5, (2, 2, 1)), (1, (1, 0, 0))])
def test_shares_add_up(total: int, expected: tuple[int, ...]) -> None:
    assert tuple(shares(total, dict(MIX)).values()) == expected
