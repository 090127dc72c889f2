"""What reviewers change in quizzes: edit, approve and reject questions.

Past attempts keep the questions as they were asked, and are graded again only where staff say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max

from common.transactions import atomic, lock
from courses.revisions import versioned
from engine.language.typed import one_line
from engine.questions.formats import Body, QuestionFormat
from engine.questions.question_text import as_written, choice_key
from engine.questions.schemas import QuestionKind
from quizzes.models import (
    Choice,
    Question,
    QuestionStatus,
    Quiz,
    stored_body,
)
from quizzes.regrading import (
    Regrade,
    Regraded,
    RegradeUndecidedError,
    grade_again,
    lock_attempts,
    otherwise_graded,
)
from quizzes.revisions import update_quiz
from quizzes.signals import question_regraded

MIN_CHOICES, MAX_CHOICES = 2, 10
REJECTED_BY_PERSON = "rejected_by_reviewer"


class QuestionStateError(Exception):
    """What was asked for does not fit the question; the message says why."""


@dataclass(frozen=True, slots=True)
class ChoiceEdit:
    """`feedback` says why a wrong choice is wrong; that of the right one is not kept."""

    text: str
    is_correct: bool
    feedback: str = ""


def check_choices(choices: Sequence[ChoiceEdit]) -> None:
    """Raises ValidationError unless there are two to ten different ones, one of them right.

    They are compared as in the database: see `choice_key`.
    """
    errors = []
    if len(choices) < MIN_CHOICES:
        errors.append("Give at least two choices.")
    if len(choices) > MAX_CHOICES:
        errors.append(f"Give at most {MAX_CHOICES} choices.")
    right = sum(choice.is_correct for choice in choices)
    if right != 1:
        marked = f"{right} are" if right else "none is"
        errors.append(f"Mark exactly one choice as correct; {marked} marked now.")
    keys = [choice_key(choice.text) for choice in choices]
    errors += [f"Choice {number} is empty." for number, key in enumerate(keys, 1) if not key]
    twice = dict.fromkeys(key for key in keys if key and keys.count(key) > 1)
    errors += [f"\u201c{key}\u201d is there twice." for key in twice]
    if errors:
        raise ValidationError(errors)


def lock_question(question: Question, *, regrade: str | None = None) -> Question:
    """Locks the question, and before it its quiz: starting an attempt copies the quiz's questions
    as they are.

    Locks the attempts too that are to be graded again.
    """
    lock(Quiz.objects.filter(pk=question.quiz_id)).get()
    lock_attempts(question, regrade)
    return lock(Question.objects.filter(pk=question.pk)).get()


def check_content(format_: str, choices: Sequence[ChoiceEdit], body: Body | None) -> None:
    """Raises ValidationError unless a single choice has sound choices, and any other format a
    body of that format."""
    if format_ == QuestionFormat.SINGLE:
        if body is not None:
            raise ValidationError({"body": "A single choice has choices; change those."})
        check_choices(choices)
    elif choices:
        raise ValidationError({"choices": "Only a single choice has choices; change the body."})
    elif body is None or body.format != format_:
        raise ValidationError(
            {
                "body": f"Give a body of the format {format_}. For another format, write a new "
                "question and reject this one."
            }
        )


@atomic
def edit_question(
    *,
    question: Question,
    stem: str,
    explanation: str,
    difficulty: str,
    bloom: str,
    choices: Sequence[ChoiceEdit] = (),
    body: Body | None = None,
    regrade: str | None = None,
    by: Any = None,
) -> Question:
    """Replaces a question's words, and its choices or its body, and marks it as edited.

    Where the right answer changes and attempts were asked with another one, `regrade` says which
    of them are graded by the new one; without it RegradeUndecidedError is raised.
    """
    check_content(question.format, choices, body)
    locked = lock_question(question, regrade=regrade)
    stems = {locked.stem, as_written(stem)}
    key_before = _marking(locked)
    with versioned(locked, by=by, action="edited"):
        locked.stem, locked.explanation = as_written(stem), as_written(explanation)
        locked.difficulty, locked.bloom = difficulty, bloom
        locked.body = stored_body(body)
        locked.status, locked.check_results = QuestionStatus.EDITED, []
        locked.full_clean()
        words = ("stem", "explanation", "difficulty", "bloom", "body")
        locked.save(update_fields=[*words, "status", "check_results"])
        # Replaced, not updated: the database allows no moment with two correct choices.
        locked.choices.all().delete()
        _make_choices(locked, choices)
    update_quiz(locked.quiz_id)
    key_changed = key_before != _marking(locked)
    _regrade(locked, stems, regrade, undecided=key_changed and regrade is None)
    return locked


@atomic
def create_question(
    *,
    quiz: Quiz,
    stem: str,
    explanation: str,
    difficulty: str,
    bloom: str,
    choices: Sequence[ChoiceEdit] = (),
    body: Body | None = None,
) -> Question:
    """Adds a question that a person wrote to the end of the quiz. Learners are asked it at once."""
    format_ = QuestionFormat.SINGLE if body is None else body.format
    check_content(format_, choices, body)
    locked = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    last = locked.questions.aggregate(last=Max("position"))["last"] or 0
    question = Question(
        quiz=locked,
        position=last + 1,
        kind=QuestionKind.WRITTEN,
        format=format_,
        body=stored_body(body),
        stem=as_written(stem),
        explanation=as_written(explanation),
        difficulty=difficulty,
        bloom=bloom,
        status=QuestionStatus.EDITED,
    )
    question.full_clean()
    question.save()
    _make_choices(question, choices)
    update_quiz(locked.pk)
    return question


def _make_choices(question: Question, choices: Sequence[ChoiceEdit]) -> None:
    Choice.objects.bulk_create(
        Choice(
            question=question,
            position=position,
            text=as_written(edit.text),
            is_correct=edit.is_correct,
            feedback="" if edit.is_correct else as_written(edit.feedback),
        )
        for position, edit in enumerate(choices)
    )


def _marking(question: Question) -> Any:
    """Differs where the right answer does."""
    if question.format == QuestionFormat.SINGLE:
        return set(question.choices.filter(is_correct=True).values_list("text", flat=True))
    return question.typed_body.graded_by()


@atomic
def regrade_question(*, question: Question, regrade: str) -> None:
    """Grades attempts by the right answer that the question has now; its words stay."""
    locked = lock_question(question, regrade=regrade)
    _regrade(locked, {locked.stem}, regrade)


def _regrade(
    question: Question, stems: set[str], regrade: str | None, *, undecided: bool = False
) -> None:
    if undecided:
        over = [one.attempt.submitted_at is not None for one in otherwise_graded(question, stems)]
        if over:
            words = (
                f"The right answer changes, and attempts were asked with the old one: {sum(over)} "
                f"are over, {len(over) - sum(over)} are under way. Say which of them are to be "
                "graded again: all, only those under way, or none."
            )
            raise RegradeUndecidedError({"regrade": [words]})
    if regrade is not None:
        wanted = regrade in {Regrade.ALL, Regrade.OPEN}
        regraded = grade_again(question, regrade, stems) if wanted else Regraded()
        question_regraded.send(
            sender=Question, question=question, regrade=regrade, regraded=regraded
        )


@atomic
def approve_question(question: Question, *, by: Any = None) -> Question:
    """Approves a question, also one that was rejected before."""
    locked = lock_question(question)
    if locked.format == QuestionFormat.SINGLE:
        choices = [ChoiceEdit(choice.text, choice.is_correct) for choice in locked.choices.all()]
        try:
            check_choices(choices)
        except ValidationError as error:
            words = " ".join(error.messages)
            raise QuestionStateError(
                f"\u201c{locked.stem}\u201d cannot be asked: {words}"
            ) from error
    with versioned(locked, by=by, action="approved"):
        locked.status = QuestionStatus.APPROVED
        # What the checks found stays to be read; an earlier reviewer's verdict is overruled.
        locked.check_results = [
            issue for issue in locked.check_results if issue["code"] != REJECTED_BY_PERSON
        ]
        locked.save(update_fields=["status", "check_results"])
    update_quiz(locked.quiz_id)
    return locked


@atomic
def reject_question(question: Question, *, reason: str, by: Any = None) -> Question:
    """Keeps a question from learners; the reason stands with the failed checks."""
    locked = lock_question(question)
    if locked.status == QuestionStatus.REJECTED:
        raise QuestionStateError(f"\u201c{locked.stem}\u201d is rejected already.")
    with versioned(locked, by=by, action="rejected", reason=reason):
        locked.status = QuestionStatus.REJECTED
        locked.check_results = [
            *locked.check_results,
            {"code": REJECTED_BY_PERSON, "message": reason},
        ]
        locked.save(update_fields=["status", "check_results"])
    update_quiz(locked.quiz_id)
    return locked


@atomic
def edit_quiz(
    *,
    quiz: Quiz,
    title: str,
    pass_mark: int,
    rules: Mapping[str, Any] | None = None,
    by: Any = None,
) -> Quiz:
    """`rules` are those of `quizzes.rules.RULES` that change. Attempts that are under way keep
    what they began with: pass mark, questions, their order and time. Raises ValidationError."""
    locked = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    with versioned(locked, by=by, action="edited"):
        locked.title, locked.pass_mark = one_line(title), pass_mark
        for rule, value in (rules or {}).items():
            setattr(locked, rule, value)
        locked.full_clean()
        locked.save(update_fields=["title", "pass_mark", *(rules or {})])
    return locked


# --- the order of a quiz


@atomic
def copy_question(question: Question, *, quiz: Quiz) -> Question:
    """Copies a question to the end of a quiz of the same or another course, as a draft.

    The source is copied only if it belongs to the other course too.
    """
    target = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    is_same_course = question.quiz.course_id == target.course_id
    last = target.questions.aggregate(last=Max("position"))["last"] or 0
    copied = Question.objects.get(pk=question.pk)
    copied.pk = None
    copied._state.adding = True
    copied.quiz, copied.position, copied.status = target, last + 1, QuestionStatus.DRAFT
    if not is_same_course:
        copied.topic = copied.passage = None
    copied.full_clean()
    copied.save()
    Choice.objects.bulk_create(
        Choice(
            question=copied,
            position=one.position,
            text=one.text,
            feedback=one.feedback,
            is_correct=one.is_correct,
        )
        for one in question.choices.order_by("position")
    )
    update_quiz(target.pk)
    return copied


@atomic
def move_question(question: Question, *, quiz: Quiz) -> Question:
    """Puts a question at the end of another quiz of its course. Past attempts keep it as asked.

    Raises QuestionStateError for a quiz of another course, where its source is not known.
    """
    both = {question.quiz_id, quiz.pk}
    locked_quizzes = {one.pk: one for one in lock(Quiz.objects.filter(pk__in=both))}
    target = locked_quizzes[quiz.pk]
    if target.course_id != locked_quizzes[question.quiz_id].course_id:
        raise QuestionStateError("A question can be copied to another course, but not moved.")
    locked = lock(Question.objects.filter(pk=question.pk)).get()
    last = target.questions.aggregate(last=Max("position"))["last"] or 0
    locked.quiz, locked.position = target, last + 1
    locked.save(update_fields=["quiz", "position"])
    for number in both:
        update_quiz(number)
    return locked


@atomic
def order_questions(quiz: Quiz, order: Sequence[int]) -> None:
    """Puts a quiz's questions in the order of these primary keys; others follow in their old order.

    Attempts that are under way keep the order they began with.
    """
    locked = lock(Quiz.objects.filter(pk=quiz.pk)).get()
    questions = {one.pk: one for one in lock(Question.objects.filter(quiz=locked))}
    by_place = sorted(questions.values(), key=lambda one: one.position)
    named = [pk for pk in dict.fromkeys(order) if pk in questions]
    rest = [one.pk for one in by_place if one.pk not in set(named)]
    for position, pk in enumerate([*named, *rest], start=1):
        questions[pk].position = position
    Question.objects.bulk_update(questions.values(), ["position"], batch_size=500)
