"""Scores of attempts: exact at the pass mark, honest when rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.grading import Outcome, grade_choices

KEY = {10: 0, 11: 3, 12: 1, 13: 2}


def test_outcomes_of_each_question() -> None:
    result = grade_choices({10: 0, 11: 1, 12: None}, KEY, 60)
    assert result.outcomes == {
        10: Outcome.CORRECT,
        11: Outcome.WRONG,
        12: Outcome.UNANSWERED,
        13: Outcome.UNANSWERED,
    }
    assert (result.correct, result.total, result.percentage, result.passed) == (1, 4, 25, False)


@pytest.mark.parametrize(
    ("correct", "total", "pass_mark", "percentage", "passed"),
    [
        (3, 5, 60, 60, True),
        (1, 3, 34, 33, False),
        (2, 3, 67, 66, False),  # 66.67 would round up to the mark it did not reach
        (1, 8, 10, 13, True),  # 12.5 rounds up
        (199, 200, 60, 99, True),  # 99.5 is not everything
        (4, 4, 100, 100, True),
        (0, 4, 0, 0, True),
    ],
)
def test_rounding(
    *, correct: int, total: int, pass_mark: int, percentage: int, passed: bool
) -> None:
    key = dict.fromkeys(range(total), 1)
    answers = {n: 1 if n < correct else 0 for n in range(total)}
    result = grade_choices(answers, key, pass_mark)
    assert (result.percentage, result.passed) == (percentage, passed)


@pytest.mark.parametrize(
    ("answers", "key", "pass_mark", "message"),
    [
        ({}, {}, 60, "without questions"),
        ({}, KEY, 101, "from 0 to 100"),
        ({}, KEY, -1, "from 0 to 100"),
        ({99: 1}, KEY, 60, "99"),
    ],
)
def test_what_cannot_be_scored(
    answers: dict[int, int | None], key: dict[int, int], pass_mark: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        grade_choices(answers, key, pass_mark)


@given(
    key=st.dictionaries(st.integers(), st.integers(0, 3), min_size=1, max_size=50),
    pass_mark=st.integers(0, 100),
    data=st.data(),
)
def test_what_is_shown_never_contradicts_the_result(
    key: dict[int, int], pass_mark: int, data: st.DataObject
) -> None:
    choice = st.none() | st.integers(0, 3)
    answers = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(key, choice)))
    result = grade_choices(answers, key, pass_mark)
    assert result.passed == (result.percentage >= pass_mark)
    assert (result.percentage == 100) == (result.correct == result.total)
