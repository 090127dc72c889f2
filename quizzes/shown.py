"""Quizzes for the prototype's clients, which get a quiz by one request and answer it by another.

The questions that a learner was shown are kept. Answers are graded against these questions, even if
the quiz was changed since, and without touching an attempt that is open on the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.transactions import atomic, lock
from engine.questions.formats import QuestionFormat
from quizzes.attempt_errors import AttemptError
from quizzes.models import Answer, AnswersShown, Attempt, Question, Quiz, ShownQuiz
from quizzes.queries import asked_questions
from quizzes.services import freeze_question, score_attempt
from quizzes.signals import attempt_submitted

KEPT = timedelta(days=90)
# The formats that the prototype's clients can answer: they send one letter for each question.
LETTERED = (QuestionFormat.SINGLE, QuestionFormat.TRUE_FALSE)


@atomic
def show_quiz(*, quiz: Quiz, learner: Any) -> ShownQuiz:
    """Returns the quiz's present questions with their topics, and the id of the attempt that will
    answer them.

    It has only questions of the formats in LETTERED. Raises AttemptError if there are none, or if
    the quiz has rules that these clients cannot follow.
    """
    _check_rules(quiz)
    asked = [
        freeze_question(question)
        | {"question": question.pk, "topic": question.topic.title if question.topic else ""}
        for question in asked_questions(quiz).filter(format__in=LETTERED)
    ]
    if not asked:
        raise AttemptError(
            _(
                "This quiz has no question yet that can be answered by a letter. Approve its "
                "questions, or take it by POST %(address)s."
            )
            % {"address": _attempts_of(quiz)},
            conflict=True,
        )
    last = latest_shown(quiz=quiz, learner=learner)
    is_same = last is not None and (last.asked, last.pass_mark) == (asked, quiz.pass_mark)
    if last is not None and is_same and not Attempt.objects.filter(pk=last.pk).exists():
        return last
    return ShownQuiz.objects.create(
        quiz=quiz, learner=learner, pass_mark=quiz.pass_mark, asked=asked
    )


def _check_rules(quiz: Quiz) -> None:
    has_rules = quiz.time_limit or quiz.max_attempts or quiz.wait_minutes or quiz.draw
    if has_rules or quiz.answers_shown != AnswersShown.AT_ONCE:
        raise AttemptError(
            _(
                "This quiz has rules that this address does not know, such as a time limit. Take "
                "it by POST %(address)s."
            )
            % {"address": _attempts_of(quiz)},
            conflict=True,
        )


def _attempts_of(quiz: Quiz) -> str:
    return f"/api/quizzes/{quiz.pk}/attempts/"


def latest_shown(*, quiz: Quiz, learner: Any) -> ShownQuiz | None:
    return ShownQuiz.objects.filter(quiz=quiz, learner=learner).first()


def find_shown(*, quiz: Quiz, learner: Any, attempt_id: UUID | None) -> ShownQuiz:
    """Returns the questions that the learner answers: those shown with this id, or, without an id,
    those that were shown last.

    Raises AttemptError if none are found, or if the id was submitted already.
    """
    if attempt_id is None:
        shown = latest_shown(quiz=quiz, learner=learner)
    else:
        shown = ShownQuiz.objects.filter(pk=attempt_id, quiz=quiz, learner=learner).first()
    if shown is None:
        raise AttemptError(
            _(
                "It is not known which questions these answers are for, so nothing was graded. Get "
                "the quiz again from %(address)s, and send its attempt_id with the answers."
            )
            % {"address": f"/api/quiz/{quiz.pk}"},
            conflict=True,
        )
    if attempt_id is not None and Attempt.objects.filter(pk=attempt_id).exists():
        raise AttemptError(
            _("This attempt was submitted already; its score does not change."), conflict=True
        )
    return shown


@atomic
def submit_shown(*, shown: ShownQuiz, responses: Mapping[int, Any], is_named: bool) -> Attempt:
    """Scores answers to the questions that a learner was shown, and saves them as a new attempt.

    `is_named`: the client sent the attempt's id, which can be submitted only once. Without it, a
    second submission becomes a second attempt. Raises AttemptError as `submit_attempt` does; then
    nothing is saved.
    """
    # Locked, so that two requests at the same time do not both use the id, and so that no question
    # is deleted before the answers refer to it.
    quiz = lock(Quiz.objects.filter(pk=shown.quiz_id)).get()
    _check_rules(quiz)
    is_first = not Attempt.objects.filter(pk=shown.pk).exists()
    if is_named and not is_first:
        raise AttemptError(
            _("This attempt was submitted already; its score does not change."), conflict=True
        )
    known = set(Question.objects.filter(quiz=quiz).values_list("pk", flat=True))
    answers = [_answer(asked, position, known) for position, asked in enumerate(shown.asked, 1)]
    attempt = Attempt(
        pk=shown.pk if is_first else uuid4(),
        quiz=quiz,
        learner=shown.learner,
        pass_mark=shown.pass_mark,
        submitted_at=timezone.now(),
    )
    score_attempt(attempt, answers, responses)
    attempt.save(force_insert=True)
    for answer in answers:
        answer.attempt = attempt
    Answer.objects.bulk_create(answers)
    attempt_submitted.send(sender=Attempt, attempt=attempt)
    return attempt


def old_shown() -> QuerySet[ShownQuiz]:
    """Returns the shown quizzes that are so old that no answers to them are expected."""
    return ShownQuiz.objects.filter(shown_at__lt=timezone.now() - KEPT)


def _answer(asked: Mapping[str, Any], position: int, known: set[int]) -> Answer:
    frozen = dict(asked)
    question, _topic = frozen.pop("question"), frozen.pop("topic")
    return Answer(
        position=position, question_id=question if question in known else None, asked=frozen
    )
