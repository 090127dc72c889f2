"""Scores an attempt without reading or writing rows, so that it can be scored again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

PERCENT = 100
NOTHING, ALL = Fraction(0), Fraction(1)


class Outcome(StrEnum):
    CORRECT = "correct"
    PARTLY = "partly"
    WRONG = "wrong"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Grade:
    """`correct` counts the answers that are wholly right; `points` adds up the shares of all.

    `percentage` is for display; whether the attempt passed is decided before rounding.
    """

    correct: int
    points: Fraction
    total: int
    percentage: int
    passed: bool
    outcomes: Mapping[int, Outcome]


def grade(shares: Mapping[int, Fraction | None], pass_mark: int) -> Grade:
    """Returns the grade of an attempt from the share of each question, from 0 to 1; None means that
    the question was not answered and counts as 0.

    Every question has the same weight. The percentage is rounded to the nearest whole number; a
    half is rounded up. But it stays below the pass mark if the attempt did not pass, and below 100
    if not everything was right, so that the number shown never contradicts the result. Raises
    ValueError for no questions, a pass mark outside 0 to 100, or a share outside 0 to 1.
    """
    if not shares:
        raise ValueError("A quiz without questions cannot be scored.")
    if not 0 <= pass_mark <= PERCENT:
        raise ValueError(f"The pass mark must be from 0 to 100, not {pass_mark}.")
    outcomes = {question: _outcome(share) for question, share in shares.items()}
    points = sum((share or NOTHING for share in shares.values()), NOTHING)
    percent = PERCENT * points / len(shares)
    passed = percent >= pass_mark
    return Grade(
        correct=sum(outcome is Outcome.CORRECT for outcome in outcomes.values()),
        points=points,
        total=len(shares),
        percentage=_shown(percent, pass_mark, passed=passed),
        passed=passed,
        outcomes=outcomes,
    )


def grade_choices(
    answers: Mapping[int, int | None], key: Mapping[int, int], pass_mark: int
) -> Grade:
    """Returns the grade of a quiz of single choices: `answers` and `key` have a choice for each
    question.

    A question that is not in `answers` was not answered. Raises ValueError as `grade` does, and for
    an answer to a question that is not in the key.
    """
    unknown = sorted(answers.keys() - key.keys())
    if unknown:
        raise ValueError(f"These answered questions are not part of the quiz: {unknown}.")
    given = {question: answers.get(question) for question in key}
    shares = {
        question: None if choice is None else Fraction(choice == key[question])
        for question, choice in given.items()
    }
    return grade(shares, pass_mark)


def _outcome(share: Fraction | None) -> Outcome:
    if share is None:
        return Outcome.UNANSWERED
    if not NOTHING <= share <= ALL:
        raise ValueError(f"A share of a question is from 0 to 1, not {share}.")
    if share == ALL:
        return Outcome.CORRECT
    return Outcome.PARTLY if share else Outcome.WRONG


def _shown(percent: Fraction, pass_mark: int, *, passed: bool) -> int:
    rounded = int(percent + Fraction(1, 2))
    if not passed:
        return min(rounded, pass_mark - 1)
    return rounded if percent == PERCENT else min(rounded, PERCENT - 1)
