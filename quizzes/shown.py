"""Quizzes for the prototype's clients, which are shown one and answer it by a single request.

What somebody was shown is kept, so that their answers are graded against these very questions,
whatever has become of the quiz since, and whatever attempt is open on the pages.
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
# The formats that the prototype's clients can answer, by one letter.
LETTERED = (QuestionFormat.SINGLE, QuestionFormat.TRUE_FALSE)


@atomic
def show_quiz(*, quiz: Quiz, learner: Any) -> ShownQuiz:
    """Returns today's questions with their topics, and the id of the attempt that answers them.

    Only those of the formats in LETTERED. Raises AttemptError where there is none, and for a quiz
    with rules that these clients cannot keep.
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
    """Returns what the learner answers: what has this id, or without one what they were shown last.

    Raises AttemptError if that is not known, and for an id that was submitted already.
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
    """Scores answers to what somebody was shown, as an attempt of its own.

    `is_named`: the client named the attempt's id, which can be submitted once; without it a
    second submission is a second attempt. Raises AttemptError as `submit_attempt` does; then
    nothing is saved.
    """
    # Two requests at once must not both take the id; and questions stay while they are linked.
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
    """Returns what was shown so long ago that no answers to it are expected."""
    return ShownQuiz.objects.filter(shown_at__lt=timezone.now() - KEPT)


def _answer(asked: Mapping[str, Any], position: int, known: set[int]) -> Answer:
    frozen = dict(asked)
    question, _topic = frozen.pop("question"), frozen.pop("topic")
    return Answer(
        position=position, question_id=question if question in known else None, asked=frozen
    )
