"""How far a learner is: results by quiz, and passed quizzes by course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from common.alphabet import Alphabetical
from courses.models import Course, Module
from courses.queries import visible_courses
from quizzes.models import Attempt, Quiz
from quizzes.queries import (
    counted_attempts,
    own_attempts,
    visible_quizzes,
    with_question_count,
)

User = Any


@dataclass(frozen=True, slots=True)
class Best:
    """A learner's result at a quiz, by the attempt that counts, at the pass mark it had."""

    percentage: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Progress:
    passed: int
    total: int


@dataclass(frozen=True, slots=True)
class QuizLine:
    quiz: Quiz
    best: Best | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class ModuleLine:
    module: Module
    quiz: QuizLine | None


@dataclass(frozen=True, slots=True)
class CourseOverview:
    modules: list[ModuleLine]
    final: QuizLine | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class CourseProgress:
    course: Course
    progress: Progress


def best_results(user: User, quizzes: Iterable[Quiz]) -> dict[int, Best]:
    """By quiz id; quizzes without a submitted attempt are not in it."""
    mine = own_attempts(user).filter(quiz__in=quizzes).select_related(None)
    rows = counted_attempts(mine).order_by().values_list("quiz", "percentage", "passed")
    return {quiz: Best(percentage or 0, bool(passed)) for quiz, percentage, passed in rows}


def course_overview(user: User, course: Course) -> CourseOverview:
    """A course that came through `course_tree`, with its quizzes and the learner's results."""
    quizzes = list(with_question_count(visible_quizzes(user).filter(course=course)))
    best = best_results(user, quizzes)
    opened = set(
        own_attempts(user)
        .filter(quiz__in=quizzes, submitted_at__isnull=True, is_practice=False)
        .values_list("quiz", flat=True)
    )
    lines = {
        quiz.module_id: QuizLine(quiz, best.get(quiz.pk), quiz.pk in opened) for quiz in quizzes
    }
    passed = sum(result.passed for result in best.values())
    return CourseOverview(
        modules=[ModuleLine(module, lines.get(module.pk)) for module in course.modules.all()],
        final=lines.get(None),
        progress=Progress(passed, len(quizzes)),
    )


def progress_by_course(user: User) -> list[CourseProgress]:
    """Courses that the learner may read and has begun, by title: one query."""
    mine = counted_attempts(Attempt.objects.filter(learner=user))
    passed = Q(quizzes__in=mine.filter(passed=True).order_by().values("quiz"))
    ready = Q(quizzes__in=visible_quizzes(user).values("pk"))
    begun = Attempt.objects.filter(learner=user).values("quiz__course")
    courses = (
        visible_courses(user)
        .filter(pk__in=begun)
        .annotate(
            quiz_count=Count("quizzes", filter=ready, distinct=True),
            passed_count=Count("quizzes", filter=ready & passed, distinct=True),
        )
        .order_by(Alphabetical("title"), "title", "pk")
    )
    return [
        CourseProgress(course, Progress(course.passed_count, course.quiz_count))
        for course in courses
    ]
