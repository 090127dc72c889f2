"""Scoring of an attempt: pure, so that a frozen attempt can be scored again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PERCENT = 100


class Outcome(StrEnum):
    CORRECT = "correct"
    WRONG = "wrong"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Grade:
    """`percentage` is for display; whether the attempt passed is decided before rounding."""

    correct: int
    total: int
    percentage: int
    passed: bool
    outcomes: Mapping[int, Outcome]


def grade(answers: Mapping[int, int | None], key: Mapping[int, int], pass_mark: int) -> Grade:
    """Score `answers` (question to choice, None or absent for unanswered) against `key`.

    Every question of the key counts once; unanswered counts as not correct. The percentage is
    rounded to the nearest whole number, halves up, but is held below the pass mark when the
    exact share is below it, and below 100 when a question was missed, so that what is shown
    never contradicts the result. ValueError: an empty key, a pass mark outside 0 to 100, or an
    answer to a question that is not in the key.
    """
    _check(answers, key, pass_mark)
    outcomes = {question: _outcome(answers.get(question), right) for question, right in key.items()}
    correct = sum(outcome is Outcome.CORRECT for outcome in outcomes.values())
    passed = correct * PERCENT >= pass_mark * len(key)
    return Grade(
        correct=correct,
        total=len(key),
        percentage=_percentage(correct, len(key), pass_mark, passed=passed),
        passed=passed,
        outcomes=outcomes,
    )


def _check(answers: Mapping[int, int | None], key: Mapping[int, int], pass_mark: int) -> None:
    if not key:
        raise ValueError("A quiz without questions cannot be scored.")
    if not 0 <= pass_mark <= PERCENT:
        raise ValueError(f"The pass mark must be from 0 to 100, not {pass_mark}.")
    unknown = sorted(answers.keys() - key.keys())
    if unknown:
        raise ValueError(f"These answered questions are not part of the quiz: {unknown}.")


def _outcome(answer: int | None, right: int) -> Outcome:
    if answer is None:
        return Outcome.UNANSWERED
    return Outcome.CORRECT if answer == right else Outcome.WRONG


def _percentage(correct: int, total: int, pass_mark: int, *, passed: bool) -> int:
    rounded = (2 * PERCENT * correct + total) // (2 * total)
    if not passed:
        return min(rounded, pass_mark - 1)
    return rounded if correct == total else min(rounded, PERCENT - 1)
