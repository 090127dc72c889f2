"""The reads that quiz pages and the API share."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, IntegerField, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from courses.queries import editable_courses, visible_courses
from quizzes.models import ASKED, Answer, Attempt, Choice, Question, Quiz, QuizStatus

User = Any


def visible_quizzes(user: User) -> QuerySet[Quiz]:
    """Quizzes of courses that a person may read; only finished ones."""
    return Quiz.objects.filter(
        course__in=visible_courses(user), status=QuizStatus.READY
    ).select_related("course", "module")


def with_question_count(quizzes: QuerySet[Quiz]) -> QuerySet[Quiz]:
    """Adds `question_count`: what a learner is asked."""
    return quizzes.annotate(
        question_count=Count("questions", filter=Q(questions__status__in=ASKED))
    )


def asked_questions(quiz: Quiz) -> QuerySet[Question]:
    """The questions a learner is asked, with choices and sources, in order."""
    return (
        quiz.questions.filter(status__in=ASKED)
        .select_related("passage__document", "topic")
        .prefetch_related(Prefetch("choices", Choice.objects.order_by("position")))
        .order_by("position")
    )


def own_attempts(user: User) -> QuerySet[Attempt]:
    return Attempt.objects.filter(learner=user).select_related("quiz__course", "quiz__module")


def visible_attempts(user: User) -> QuerySet[Attempt]:
    """One's own, and those at courses one may change."""
    return Attempt.objects.filter(
        Q(learner=user) | Q(quiz__course__in=editable_courses(user))
    ).select_related("quiz__course", "quiz__module")


def with_answers(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    return attempts.prefetch_related(Prefetch("answers", Answer.objects.order_by("position")))


def with_item_statistics(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Adds `answered`, `answered_right` and `share_right` (0 to 1, None while nobody answered).

    Submitted attempts count; a question left open counts as answered wrong.
    """
    return questions.annotate(
        answered=Count("answers", filter=Q(answers__is_correct__isnull=False)),
        answered_right=Count("answers", filter=Q(answers__is_correct=True)),
        share_right=Avg(Cast("answers__is_correct", IntegerField())),
    )


def review_questions(quiz: Quiz) -> QuerySet[Question]:
    """All of a quiz's questions with choices, sources and statistics: two queries."""
    questions = quiz.questions.select_related("passage__document", "topic").order_by("position")
    choices = Prefetch("choices", Choice.objects.order_by("position"))
    return with_item_statistics(questions).prefetch_related(choices)
