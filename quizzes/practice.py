"""Practice: a short quiz of what went wrong, which tells after each answer whether it is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from common.transactions import atomic, lock
from quizzes.attempt_errors import AttemptError, ResponsesError
from quizzes.models import Answer, Attempt, Question, Quiz
from quizzes.queries import asked_questions
from quizzes.rules import Standing, standing
from quizzes.services import ask, check_open, read_responses, score_again, submit_attempt

MAX_QUESTIONS = 10


@atomic
def begin_practice(*, quiz: Quiz, learner: Any, topics: Collection[int] = ()) -> Attempt:
    """Begins a practice attempt with at most MAX_QUESTIONS, of these topics if any are named: first
    those that the learner answered wrongly when they were asked last.

    The one that is open, if it asks the same; another that is open ends with what was answered.
    Raises AttemptError where the quiz may not be practised, or there is nothing to practise.
    """
    locked = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    check_may_practise(standing(locked, learner))
    questions = _chosen(locked, learner, topics)
    if not questions:
        raise AttemptError(_("There are no questions about this to practise with."), conflict=True)
    opened = Attempt.objects.filter(
        quiz=locked, learner=learner, is_practice=True, submitted_at=None
    ).first()
    if opened is not None:
        asked = set(opened.answers.values_list("question", flat=True))
        if asked == {question.pk for question in questions}:
            return opened
        submit_attempt(attempt=opened)
    practice = Attempt(quiz=locked, learner=learner, pass_mark=locked.pass_mark, is_practice=True)
    return ask(practice, questions)


def check_may_practise(now: Standing) -> None:
    """Raises AttemptError unless it may be done."""
    if now.may_practise:
        return
    if now.open_attempt is not None:
        words = _("You are taking this quiz. Submit it first, then practise.")
    elif now.used == 0:
        words = _("Take the quiz first; then you can practise.")
    else:
        words = _("This quiz does not show its right answers now, so it cannot be practised.")
    raise AttemptError(words, conflict=True)


def _chosen(quiz: Quiz, learner: Any, topics: Collection[int]) -> list[Question]:
    last = Answer.objects.filter(
        attempt__quiz=quiz, attempt__learner=learner, attempt__submitted_at__isnull=False
    ).order_by("question", "-attempt__submitted_at", "-pk")
    latest = last.distinct("question").values_list("question", "is_correct")
    right = {question: bool(is_correct) for question, is_correct in latest}
    questions = asked_questions(quiz)
    if topics:
        questions = questions.filter(topic__in=topics)
    # Wrong ones first, then those that were not asked yet.
    ordered = sorted(questions, key=lambda one: (right.get(one.pk, 0.5), one.position))
    return ordered[:MAX_QUESTIONS]


@atomic
def check_answer(*, attempt: Attempt, position: int, responses: Mapping[int, Any]) -> Answer:
    """Scores one answer of a practice attempt, the one that is saved or the one in `responses`, so
    that the learner can be told at once.

    It cannot be changed then; checked again, it stays. Raises AttemptError for an attempt that is
    no practice or was submitted, and where nothing is answered; ResponsesError as elsewhere.
    """
    locked = lock(Attempt.objects.filter(pk=attempt.pk)).get()
    if not locked.is_practice:
        raise AttemptError(
            _("Only practice tells before the end whether an answer is right."), conflict=True
        )
    check_open(locked)
    answers = list(locked.answers.order_by("position"))
    saved = {one.position: one.given for one in answers}
    given = responses.get(position, saved.get(position))
    read = read_responses(answers, {position: given})
    answer = next(one for one in answers if one.position == position)
    if answer.checked_at is not None:
        return answer
    if read[position] is None:
        raise ResponsesError({position: _("Answer the question, then check it.")})
    answer.give(read[position])
    score_again(answer)
    answer.answered_at = answer.checked_at = timezone.now()
    answer.save(
        update_fields=["chosen", "response", "score", "is_correct", "answered_at", "checked_at"]
    )
    return answer
