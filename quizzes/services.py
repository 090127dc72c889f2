"""Taking quizzes: start an attempt, submit it, score it. Answers never leave before that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.errors import KeyReusedError
from quizzes.grading import grade
from quizzes.models import Answer, Attempt, Question, Quiz, QuizStatus
from quizzes.queries import asked_questions
from quizzes.signals import attempt_submitted
from rest.keys import check_key


class AttemptError(Exception):
    """What was asked for does not fit the attempt or quiz; the message says what to do.

    `conflict`: the request is well-formed, but the attempt or quiz is not in the state for it.
    """

    def __init__(self, message: str, *, conflict: bool = False) -> None:
        super().__init__(message)
        self.conflict = conflict


@transaction.atomic
def start_attempt(*, quiz: Quiz, learner: Any, key: str = "") -> Attempt:
    """The learner's open attempt at the quiz, or a new one with today's questions frozen in.

    Two requests at once get the same attempt: the quiz's row is the lock. The same `key` gives
    the same attempt even once it is submitted. Raises KeyReusedError for that of another quiz.
    """
    check_key(key)
    locked = Quiz.objects.select_for_update(of=("self",)).get(pk=quiz.pk)
    began = Attempt.objects.filter(learner=learner, request_key=key).first() if key else None
    if began is not None:
        if began.quiz_id != locked.pk:
            raise KeyReusedError("This idempotency key was used for another quiz.")
        return began
    open_attempt = Attempt.objects.filter(
        quiz=locked, learner=learner, submitted_at__isnull=True
    ).first()
    if open_attempt is not None:
        return open_attempt
    questions = list(asked_questions(locked))
    if locked.status != QuizStatus.READY or not questions:
        raise AttemptError("This quiz has no questions yet.", conflict=True)
    attempt = Attempt.objects.create(
        quiz=locked,
        learner=learner,
        pass_mark=locked.pass_mark,
        total=len(questions),
        request_key=key,
    )
    Answer.objects.bulk_create(
        Answer(attempt=attempt, position=position, question=question, asked=_freeze(question))
        for position, question in enumerate(questions, start=1)
    )
    return attempt


def _freeze(question: Question) -> dict[str, Any]:
    choices = list(question.choices.all())
    return {
        "stem": question.stem,
        "choices": [choice.text for choice in choices],
        "correct": next(i for i, choice in enumerate(choices) if choice.is_correct),
        "explanation": question.explanation,
        "feedback": [choice.feedback for choice in choices],
        "quote": question.quote,
        "source": _source(question),
    }


def _source(question: Question) -> str:
    if question.passage is None:
        return ""
    return f"{question.passage.document.original_name}, {question.passage.pages_label}"


@transaction.atomic
def submit_attempt(*, attempt: Attempt, chosen: Mapping[int, int | None]) -> Attempt:
    """Score an attempt. `chosen` gives a choice's index, from 0, by question position, from 1.

    Questions that are not in it count as wrong. Raises AttemptError for a second submission,
    a position that was not asked, or a choice that was not offered; then nothing is saved.
    """
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.submitted_at is not None:
        raise AttemptError("This attempt was submitted already; its score stands.", conflict=True)
    answers = list(locked.answers.order_by("position"))
    _check_chosen(answers, chosen)
    key = {answer.position: answer.asked["correct"] for answer in answers}
    result = grade(chosen, key, locked.pass_mark)
    for answer in answers:
        answer.chosen = chosen.get(answer.position)
        answer.is_correct = answer.chosen == answer.asked["correct"]
    Answer.objects.bulk_update(answers, ["chosen", "is_correct"])
    locked.correct, locked.total = result.correct, result.total
    locked.percentage, locked.passed = result.percentage, result.passed
    locked.submitted_at = timezone.now()
    locked.save()
    attempt_submitted.send(sender=Attempt, attempt=locked)
    return locked


def _check_chosen(answers: list[Answer], chosen: Mapping[int, int | None]) -> None:
    offered = {answer.position: len(answer.asked["choices"]) for answer in answers}
    for position, choice in chosen.items():
        if position not in offered:
            raise AttemptError(f"Question {position} is not part of this attempt.")
        if choice is not None and not 0 <= choice < offered[position]:
            raise AttemptError(f"Question {position} has no choice {choice + 1}.")
