"""What reviewers change in quizzes: edit, approve and reject questions.

Past attempts keep the questions as they were asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from quizzes.models import ASKED, Choice, Question, QuestionStatus, Quiz, QuizStatus

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
    """Raises ValidationError unless there are two to ten different ones, one of them right."""
    errors = []
    if len(choices) < MIN_CHOICES:
        errors.append("Give at least two choices.")
    if len(choices) > MAX_CHOICES:
        errors.append(f"Give at most {MAX_CHOICES} choices.")
    right = sum(choice.is_correct for choice in choices)
    if right != 1:
        marked = f"{right} are" if right else "none is"
        errors.append(f"Mark exactly one choice as correct; {marked} marked now.")
    counts = Counter(" ".join(choice.text.split()).casefold() for choice in choices)
    errors += [f"\u201c{text}\u201d is there twice." for text, n in counts.items() if n > 1]
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def edit_question(
    *,
    question: Question,
    stem: str,
    explanation: str,
    difficulty: str,
    bloom: str,
    choices: Sequence[ChoiceEdit],
) -> Question:
    """Replace a question's words and choices, and mark it as edited."""
    check_choices(choices)
    locked = Question.objects.select_for_update().get(pk=question.pk)
    locked.stem, locked.explanation = stem.strip(), explanation.strip()
    locked.difficulty, locked.bloom = difficulty, bloom
    locked.status, locked.check_results = QuestionStatus.EDITED, []
    locked.full_clean()
    locked.save()
    # Replaced, not updated: the database allows no moment with two correct choices.
    locked.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(
            question=locked,
            position=position,
            text=edit.text.strip(),
            is_correct=edit.is_correct,
            feedback="" if edit.is_correct else edit.feedback.strip(),
        )
        for position, edit in enumerate(choices)
    )
    _update_quiz(locked.quiz_id)
    return locked


@transaction.atomic
def approve_question(question: Question) -> Question:
    """Approve a question, also one that was rejected before."""
    locked = Question.objects.select_for_update().get(pk=question.pk)
    choices = [ChoiceEdit(choice.text, choice.is_correct) for choice in locked.choices.all()]
    try:
        check_choices(choices)
    except ValidationError as error:
        words = " ".join(error.messages)
        raise QuestionStateError(f"\u201c{locked.stem}\u201d cannot be asked: {words}") from error
    locked.status = QuestionStatus.APPROVED
    # What the checks found stays to be read; an earlier reviewer's verdict is overruled.
    locked.check_results = [
        issue for issue in locked.check_results if issue["code"] != REJECTED_BY_PERSON
    ]
    locked.save(update_fields=["status", "check_results"])
    _update_quiz(locked.quiz_id)
    return locked


@transaction.atomic
def reject_question(question: Question, *, reason: str) -> Question:
    """Keep a question from learners; the reason stands with the failed checks."""
    locked = Question.objects.select_for_update().get(pk=question.pk)
    if locked.status == QuestionStatus.REJECTED:
        raise QuestionStateError(f"\u201c{locked.stem}\u201d is rejected already.")
    locked.status = QuestionStatus.REJECTED
    locked.check_results = [
        *locked.check_results,
        {"code": REJECTED_BY_PERSON, "message": reason},
    ]
    locked.save(update_fields=["status", "check_results"])
    _update_quiz(locked.quiz_id)
    return locked


@transaction.atomic
def edit_quiz(*, quiz: Quiz, title: str, pass_mark: int) -> Quiz:
    """Attempts that are under way keep the pass mark they began with."""
    locked = Quiz.objects.select_for_update(of=("self",)).get(pk=quiz.pk)
    locked.title, locked.pass_mark = title.strip(), pass_mark
    locked.full_clean()
    locked.save(update_fields=["title", "pass_mark"])
    return locked


def _update_quiz(quiz_id: int) -> None:
    """A quiz can be taken while it has a question left to ask."""
    asked = Question.objects.filter(quiz=quiz_id, status__in=ASKED).exists()
    Quiz.objects.filter(pk=quiz_id).exclude(status=QuizStatus.GENERATING).update(
        status=QuizStatus.READY if asked else QuizStatus.EMPTY
    )
