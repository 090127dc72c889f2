"""Taking quizzes: start an attempt, save its answers, submit it, score it.

The server sends no right answer before the attempt is submitted.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import zip_longest
from random import SystemRandom
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from common.idempotency import Made, once
from common.transactions import atomic, lock
from courses.models import Course
from engine.questions.formats import QuestionFormat, ResponseError
from engine.questions.shuffling import draw_order
from quizzes.attempt_errors import AttemptError, ResponsesError
from quizzes.grading import ALL, Grade, grade
from quizzes.models import Answer, Attempt, DrawnBy, Question, Quiz, QuizStatus
from quizzes.queries import asked_questions
from quizzes.rules import check_may_start, standing
from quizzes.signals import attempt_submitted

RANDOM = SystemRandom()
MAX_ENDED_AT_ONCE = 200  # attempts whose time is up, in one call of the maintenance process


def start_attempt(*, quiz: Quiz, learner: Any, key: str = "") -> Attempt:
    """Does the same as `begin_attempt`, without saying whether the attempt is new."""
    return begin_attempt(quiz=quiz, learner=learner, key=key).row


@atomic
def begin_attempt(*, quiz: Quiz, learner: Any, key: str = "") -> Made[Attempt]:
    """Returns the learner's open attempt at the quiz, or a new one with a copy of its questions.

    Two requests at the same time get the same attempt, because each locks the quiz's row. A request
    with the same `key` gets the same attempt, even after it was submitted. Raises KeyReusedError if
    the key was used for another quiz.
    """
    opened: dict[uuid.UUID, bool] = {}

    def begin() -> Attempt:
        made = _open_or_new(quiz, learner)
        opened[made.row.pk] = made.is_new
        return made.row

    made = once(
        user=learner,
        key=key,
        request=["start quiz", quiz.pk],
        rows=Attempt.objects.all(),
        make=begin,
    )
    # For a new key, `once` says that the row is new, even if the attempt was open already.
    return Made(made.row, is_new=made.is_new and opened[made.row.pk])


def _open_or_new(quiz: Quiz, learner: Any) -> Made[Attempt]:
    locked = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    attempts = Attempt.objects.filter(quiz=locked, learner=learner, is_practice=False)
    open_attempt = attempts.filter(submitted_at__isnull=True).first()
    if open_attempt is not None:
        if not open_attempt.is_overdue:
            return Made(open_attempt, is_new=False)
        end_overdue(open_attempt)
    questions = list(asked_questions(locked))
    if locked.status != QuizStatus.READY or not questions:
        raise AttemptError(_("This quiz has no questions yet."), conflict=True)
    check_may_start(standing(locked, learner))
    attempt = Attempt(quiz=locked, learner=learner, pass_mark=locked.pass_mark)
    if locked.time_limit is not None:
        attempt.ends_at = timezone.now() + timedelta(minutes=locked.time_limit)
        attempt.closes_at = attempt.ends_at + timedelta(seconds=locked.grace)
    drawn = draw_questions(locked, learner, questions)
    attempt.drawn_from = len(questions) if len(drawn) < len(questions) else None
    return Made(ask(attempt, drawn), is_new=True)


def draw_questions(quiz: Quiz, learner: Any, questions: Sequence[Question]) -> list[Question]:
    """Returns the questions of an attempt by the quiz's rules.

    If the quiz asks only some of its questions, it prefers those that the learner was asked least
    often. If it draws evenly, it takes one question of each module, topic, difficulty or Bloom
    level in turn.
    """
    chosen = list(questions)
    if quiz.draw is not None and quiz.draw < len(chosen):
        asked = Answer.objects.filter(attempt__learner=learner, attempt__quiz=quiz)
        times = Counter(asked.order_by().values_list("question", flat=True))
        RANDOM.shuffle(chosen)
        chosen.sort(key=lambda question: times[question.pk])
        groups: dict[Any, list[Question]] = {}
        for question in chosen:
            groups.setdefault(_group(question, quiz.draw_by), []).append(question)
        # In the last round there may be too few places for all groups; chance decides which groups
        # get one.
        rounds = zip_longest(*RANDOM.sample([*groups.values()], len(groups)))
        chosen = [one for drawn in rounds for one in drawn if one is not None][: quiz.draw]
        chosen.sort(key=lambda question: question.position)
    if quiz.shuffle:
        RANDOM.shuffle(chosen)
    return chosen


def _group(question: Question, drawn_by: str) -> Any:
    match drawn_by:
        case DrawnBy.MODULE:
            return question.topic.module_id if question.topic else None
        case DrawnBy.TOPIC:
            return question.topic_id
        case DrawnBy.DIFFICULTY | DrawnBy.BLOOM:
            return getattr(question, drawn_by)
        case _:
            return None


def ask(attempt: Attempt, questions: Sequence[Question]) -> Attempt:
    """Saves a new attempt with copies of these questions, in this order, and returns it."""
    attempt.total = len(questions)
    attempt.save(force_insert=True)
    answers = []
    for position, question in enumerate(questions, start=1):
        asked = freeze_question(question)
        order = draw_order(question.typed_body, RANDOM) if attempt.quiz.shuffle else None
        if order is not None:
            asked["shuffled"] = order
        answers.append(Answer(attempt=attempt, position=position, question=question, asked=asked))
    Answer.objects.bulk_create(answers)
    return attempt


def lock_quizzes(course: Course, **_signal: Any) -> None:
    """Locks the quizzes and open attempts of a course before the course is deleted. A transaction
    that starts, edits or submits one of them ends before this, or finds its rows deleted.
    """
    list(lock(Quiz.objects.filter(course=course), whole=True))
    list(lock(Attempt.objects.filter(quiz__course=course, submitted_at=None), whole=True))


def freeze_question(question: Question) -> dict[str, Any]:
    """Returns a copy of the question as it is now. The docstring of `Answer` lists its keys."""
    frozen = {
        "format": question.format,
        "stem": question.stem,
        "explanation": question.explanation,
        "quote": question.quote,
        "source": source_label(question),
    }
    if question.format != QuestionFormat.SINGLE:
        return frozen | {"body": question.body}
    choices = list(question.choices.all())
    return frozen | {
        "choices": [choice.text for choice in choices],
        "correct": next(i for i, choice in enumerate(choices) if choice.is_correct),
        "feedback": [choice.feedback for choice in choices],
    }


def source_label(question: Question) -> str:
    if question.passage is None:
        return ""
    return f"{question.passage.document.original_name}, {question.passage.pages_label}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the answers that were sent, by position.

    `saved`: when each saved answer was given. `replaced`: the positions at which a saved answer
    replaced a different, earlier one from another device. `kept`: the answers that were not
    replaced, because they are later ones from another device or were checked in practice.
    """

    saved: dict[int, datetime]
    replaced: list[int]
    kept: dict[int, Answer]
    unanswered: int


@atomic
def save_answers(
    *,
    attempt: Attempt,
    responses: Mapping[int, Any],
    ages: Mapping[int, timedelta] | None = None,
    known: Mapping[int, str] | None = None,
) -> Saved:
    """Saves responses in an open attempt. Returns what became of each.

    Keys are positions; values refer to the order that the learner saw; None deletes an answer.
    `ages`: how long ago each answer was given, for answers that the browser kept while offline. Of
    two answers to a question the later one is kept. `known`: the `version` of each answer that the
    sender knew. Raises ResponsesError as `read_responses` does, and AttemptError if the attempt is
    submitted or its time is up; then nothing is saved.
    """
    locked = lock(Attempt.objects.filter(pk=attempt.pk)).get()
    check_open(locked)
    answers = list(locked.answers.order_by("position"))
    wanted = [answer for answer in answers if answer.position in responses]
    # Only what was sent is read, because a page saves each answer by a request of its own.
    read = read_responses(wanted, responses)
    now = timezone.now()
    changed: list[Answer] = []
    result = Saved({}, [], {}, 0)
    for answer in wanted:
        position = answer.position
        age = max((ages or {}).get(position, timedelta()), timedelta())
        given_at = max(now - age, locked.started_at)
        if answer.checked_at is not None:
            result.kept[position] = answer
            continue
        sender_is_behind = known is not None and known.get(position, "") != answer.version
        conflicts = sender_is_behind and answer.given != read[position]
        if conflicts and answer.answered_at is not None and answer.answered_at > given_at:
            result.kept[position] = answer
            continue
        if conflicts and answer.answered_at is not None:
            result.replaced.append(position)
        answer.give(read[position])
        answer.answered_at = result.saved[position] = given_at
        changed.append(answer)
    columns = ["chosen", "response", "answered_at"]
    if len(changed) == 1:
        changed[0].save(update_fields=columns)
    else:
        Answer.objects.bulk_update(changed, columns)
    unanswered = sum(answer.given is None for answer in answers)
    return replace(result, unanswered=unanswered)


def check_open(attempt: Attempt) -> None:
    if attempt.submitted_at is not None:
        raise AttemptError(
            _("This attempt was submitted already; its score does not change."), conflict=True
        )
    if attempt.is_overdue:
        raise AttemptError(
            _("The time is up. What was saved until then is scored; nothing more is accepted."),
            conflict=True,
        )


@atomic
def submit_attempt(*, attempt: Attempt, responses: Mapping[int, Any] | None = None) -> Attempt:
    """Submits and scores an attempt. `responses` replace saved answers; their keys are positions,
    from 1. For a single choice, a response is the index of the choice, from 0, in the order that
    the learner saw.

    Questions without a response count as wrong. If the time is up, `responses` are ignored.
    Raises ResponsesError for a position that was not asked or a response that does not fit its
    question, and AttemptError for a second submission; then nothing is saved.
    """
    locked = lock(Attempt.objects.filter(pk=attempt.pk)).get()
    if locked.submitted_at is not None:
        raise AttemptError(
            _("This attempt was submitted already; its score does not change."), conflict=True
        )
    answers = list(locked.answers.order_by("position"))
    sent = {} if locked.is_overdue else responses or {}
    score_attempt(locked, answers, sent)
    now = timezone.now()
    locked.submitted_at = min(now, locked.closes_at) if locked.closes_at else now
    if sent:
        Answer.objects.bulk_update(answers, ["chosen", "response"])
    _save_scores(answers)
    scored = ("correct", "points", "total", "percentage", "passed", "submitted_at")
    locked.save(update_fields=scored)
    if not locked.is_practice:
        attempt_submitted.send(sender=Attempt, attempt=locked)
    return locked


def _save_scores(answers: Sequence[Answer]) -> None:
    """Saves the scores in one statement. `bulk_update` would cost more: it writes a CASE for each
    row.
    """
    rows = [(answer.pk, answer.score, answer.is_correct) for answer in answers]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quizzes_answer SET score = scored.score, is_correct = scored.is_correct"
            " FROM unnest(%s::bigint[], %s::float8[], %s::boolean[])"
            " AS scored (id, score, is_correct) WHERE quizzes_answer.id = scored.id",
            [list(column) for column in zip(*rows, strict=True)],
        )


def end_overdue(attempt: Attempt) -> Attempt:
    """Submits an attempt whose time is up, unless another process did so meanwhile."""
    try:
        return submit_attempt(attempt=attempt)
    except AttemptError:
        attempt.refresh_from_db()
        return attempt


def end_overdue_attempts() -> None:
    """Submits attempts whose time is up, if nobody opened them since. The maintenance process calls
    it.
    """
    overdue = Attempt.objects.filter(submitted_at=None, closes_at__lte=timezone.now())
    for attempt in overdue.order_by("closes_at", "pk")[:MAX_ENDED_AT_ONCE]:
        end_overdue(attempt)


def score_attempt(
    attempt: Attempt, answers: Sequence[Answer], responses: Mapping[int, Any]
) -> None:
    """Sets the responses and scores of an attempt and its answers, without saving them. Raises
    ResponsesError as `read_responses` does.

    The response of an answer that was checked in practice is not changed.
    """
    read = read_responses(answers, responses)
    for answer in answers:
        if answer.position in responses and answer.checked_at is None:
            answer.give(read[answer.position])
    score_answers(attempt, answers)


def score_answers(attempt: Attempt, answers: Iterable[Answer]) -> None:
    """Sets the scores of all answers of an attempt, and its own, without saving them."""
    shares = {answer.position: score_again(answer) for answer in answers}
    set_score(attempt, grade(shares, attempt.pass_mark))


def score_again(answer: Answer) -> Fraction | None:
    """Sets `score` and `is_correct` from the frozen body (0 and False without a response).

    An answer that a model accepted is right. Returns the exact share, or None without a response.
    """
    given = answer.given
    share = None if given is None else answer.body.score(given)
    if answer.is_accepted_by_model:
        share = ALL
    answer.score = float(share or 0)
    answer.is_correct = share == ALL
    return share


def set_score(attempt: Attempt, result: Grade) -> None:
    attempt.correct, attempt.points = result.correct, float(result.points)
    attempt.total = result.total
    attempt.percentage, attempt.passed = result.percentage, result.passed


def read_responses(answers: Iterable[Answer], responses: Mapping[int, Any]) -> dict[int, Any]:
    """Returns the responses in the form in which they are stored, None for each question without
    one.

    Raises ResponsesError for a question that was not asked, or a response that does not fit.
    """
    read: dict[int, Any] = {}
    problems: dict[int, str] = {}
    for answer in answers:
        read[answer.position] = None
        try:
            read[answer.position] = answer.body.read(responses.get(answer.position))
        except ResponseError as error:
            problems[answer.position] = _(str(error))
    for position in responses.keys() - read.keys():
        problems[position] = _("It is not part of this attempt.")
    if problems:
        raise ResponsesError(problems)
    return read
