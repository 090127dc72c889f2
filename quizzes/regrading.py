"""Grades given again after the right answer of a question was corrected.

What learners were asked stays as it was asked; which of its choices is right, and why, is put
right in the frozen questions of the attempts that staff chose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from common.transactions import lock
from engine.questions.formats import Body, ShortAnswer, SingleChoice
from quizzes.grading import ALL
from quizzes.models import Answer, Attempt, Question, Reading, ShownQuiz, frozen_body
from quizzes.queries import with_answers
from quizzes.services import freeze_question, score_again, score_answers

BATCH = 500


class Regrade(models.TextChoices):
    """Which attempts are graded by a corrected right answer."""

    ALL = "all", "All attempts: scores that stand are worked out again"
    OPEN = "open", "Only attempts that are under way"
    NONE = "none", "None: all attempts keep the right answer that they were asked with"


class RegradeUndecidedError(ValidationError):
    """The right answer changes, attempts were asked with another, and nobody said what to do."""


@dataclass(slots=True)
class Regraded:
    """How many attempts were graded again, and how many of them have another score now."""

    opened: int = 0
    submitted: int = 0
    changed: int = 0

    @property
    def words(self) -> str:
        return (
            f"Attempts graded again: {self.submitted}; with another score now: {self.changed}. "
            f"Attempts under way that have the new right answer: {self.opened}."
        )


def lock_attempts(question: Question, regrade: str | None) -> None:
    """Locks the attempts whose grades may change: after their quiz is locked, before the question
    is."""
    if regrade not in {Regrade.ALL, Regrade.OPEN}:
        return
    attempts = Attempt.objects.filter(pk__in=question.answers.values("attempt"))
    if regrade == Regrade.OPEN:
        attempts = attempts.filter(submitted_at=None)
    list(lock(attempts))


def otherwise_graded(question: Question, stems: Iterable[str]) -> list[Answer]:
    """Returns the answers to grade again: those of attempts that asked the question in one of
    these texts and with another right answer, if the new right answer was among the choices."""
    frozen = freeze_question(question)
    answers = question.answers.filter(asked__stem__in=list(stems))
    return [
        answer
        for answer in answers.select_related("attempt").order_by("pk")
        if _can_be_corrected(answer.asked, frozen)
    ]


def grade_again(question: Question, regrade: str, stems: Iterable[str]) -> Regraded:
    """Grades the answers again. The caller holds the lock of the quiz and those of
    `lock_attempts`.
    """
    frozen, stems = freeze_question(question), list(stems)
    done = Regraded()
    found = otherwise_graded(question, stems)
    for start in range(0, len(found), BATCH):
        answers = found[start : start + BATCH]
        opened = [answer for answer in answers if answer.attempt.submitted_at is None]
        over = [answer for answer in answers if answer.attempt.submitted_at is not None]
        _correct(opened, frozen)
        done.opened += len(opened)
        if regrade == Regrade.ALL:
            _correct(over, frozen)
            done.submitted += len(over)
            done.changed += _score_again([answer.attempt_id for answer in over])
    _correct_shown(question, frozen, stems)
    return done


def _can_be_corrected(asked: Mapping[str, Any], frozen: Mapping[str, Any]) -> bool:
    """Whether what was asked has another right answer than `frozen`, and could have this one.

    A single choice could if the choice that is right now was among its choices; another format if
    learners were shown the very same.
    """
    before, now = frozen_body(asked), frozen_body(frozen)
    if isinstance(before, SingleChoice) and isinstance(now, SingleChoice):
        right = now.choices[now.correct]
        return right in before.choices and before.choices[before.correct] != right
    return before.shown() == now.shown() and before.graded_by() != now.graded_by()


def _corrected(asked: Mapping[str, Any], frozen: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the question as it was asked, with the new right answer and why it is right."""
    corrected = {**asked, "explanation": frozen["explanation"]}
    if "body" in asked:
        return corrected | {"body": frozen["body"]}
    choices = asked["choices"]
    before = asked.get("feedback") or [""] * len(choices)
    feedback = dict(zip(choices, before, strict=True))
    feedback |= dict(zip(frozen["choices"], frozen["feedback"], strict=True))
    return corrected | {
        "correct": choices.index(frozen["choices"][frozen["correct"]]),
        "feedback": [feedback[choice] for choice in choices],
    }


def _correct(answers: Sequence[Answer], frozen: Mapping[str, Any]) -> None:
    now = timezone.now()
    for answer in answers:
        before = answer.body
        answer.asked = _corrected(answer.asked, frozen)
        _forget_reading(answer, before)
        if answer.attempt.submitted_at is not None:
            score_again(answer)
            answer.regraded_at = now
    graded = ["score", "is_correct", "regraded_at", "reading", "reading_reason"]
    Answer.objects.bulk_update(answers, ["asked", *graded])


def _forget_reading(answer: Answer, before: Body) -> None:
    """Forgets what a model said of a wording that the list holds now, or by a key that fell away.

    A list that only grew means what it meant, and what was accepted by it stays so."""
    now = answer.body
    if answer.reading and isinstance(before, ShortAnswer) and isinstance(now, ShortAnswer):
        has_grown = set(before.accepted) <= set(now.accepted)
        if not has_grown or now.score(answer.given) == ALL:
            answer.reading, answer.reading_reason = Reading.NONE, ""


def _score_again(attempts: Sequence[Any]) -> int:
    """Scores the attempts again. Returns how many have another score now."""
    now, changed = timezone.now(), 0
    found = list(with_answers(Attempt.objects.filter(pk__in=attempts)))
    for attempt in found:
        before = (attempt.correct, attempt.points_label)
        attempt.percentage_before, attempt.regraded_at = attempt.percentage, now
        score_answers(attempt, attempt.answers.all())
        changed += (attempt.correct, attempt.points_label) != before
    scored = ["correct", "points", "percentage", "passed"]
    Attempt.objects.bulk_update(found, ["percentage_before", "regraded_at", *scored])
    return changed


def _correct_shown(question: Question, frozen: Mapping[str, Any], stems: Collection[str]) -> None:
    """Corrects quizzes that clients of the old API were shown and have not answered yet."""
    shown = list(
        ShownQuiz.objects.filter(
            quiz=question.quiz_id, asked__contains=[{"question": question.pk}]
        ).order_by("pk")
    )
    for one in shown:
        one.asked = [
            _corrected(asked, frozen)
            if asked["question"] == question.pk
            and asked["stem"] in stems
            and _can_be_corrected(asked, frozen)
            else asked
            for asked in one.asked
        ]
    ShownQuiz.objects.bulk_update(shown, ["asked"])
