"""Practice: a short attempt at questions that went wrong, which shows after each answer whether it
is right.
"""

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
    """Returns a practice attempt with at most MAX_QUESTIONS, only of `topics` if there are any. It
    begins with the questions whose last answer was wrong.

    If an open practice attempt has the same questions, it is returned; another open one is
    submitted with the answers that it has. Raises AttemptError if the quiz may not be practised, or
    if there are no questions to practise.
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
    """Raises AttemptError unless the learner may practise."""
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
    """Scores one answer of a practice attempt and returns it, so that the learner can see at once
    whether it is right. The answer is that in `responses`, or the saved one.

    A checked answer cannot be changed, and checking it again does nothing. Raises AttemptError if
    the attempt is no practice or was submitted, and ResponsesError if the question is not answered
    or the response does not fit it.
    """
    locked = lock(Attempt.objects.filter(pk=attempt.pk)).get()
    if not locked.is_practice:
        raise AttemptError(
            _("Only practice shows before the end whether an answer is right."), conflict=True
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
