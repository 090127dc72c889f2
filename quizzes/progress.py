"""How far a learner is: best results by quiz, and passed quizzes by course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, Max, Q

from courses.models import Course, Module
from courses.queries import visible_courses
from quizzes.models import Attempt, Quiz, QuizStatus
from quizzes.queries import own_attempts, visible_quizzes, with_question_count

User = Any


@dataclass(frozen=True, slots=True)
class Best:
    """A learner's best at a quiz; `passed` counts any attempt, at the pass mark it had."""

    percentage: int
    passed: bool
    attempts: int


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
    rows = (
        own_attempts(user)
        .filter(quiz__in=quizzes, submitted_at__isnull=False)
        .order_by()
        .values("quiz")
        .annotate(best=Max("percentage"), any_passed=BoolOr("passed"), tries=Count("pk"))
    )
    return {row["quiz"]: Best(row["best"], row["any_passed"], row["tries"]) for row in rows}


def course_overview(user: User, course: Course) -> CourseOverview:
    """A course that came through `course_tree`, with its quizzes and the learner's results."""
    quizzes = list(with_question_count(visible_quizzes(user).filter(course=course)))
    best = best_results(user, quizzes)
    opened = set(
        own_attempts(user)
        .filter(quiz__in=quizzes, submitted_at__isnull=True)
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
    mine = Q(quizzes__attempts__learner=user)
    ready = Q(quizzes__status=QuizStatus.READY)
    begun = Attempt.objects.filter(learner=user).values("quiz__course")
    courses = (
        visible_courses(user)
        .filter(pk__in=begun)
        .annotate(
            quiz_count=Count("quizzes", filter=ready, distinct=True),
            passed_count=Count(
                "quizzes", filter=ready & mine & Q(quizzes__attempts__passed=True), distinct=True
            ),
        )
        .order_by("title", "pk")
    )
    return [
        CourseProgress(course, Progress(course.passed_count, course.quiz_count))
        for course in courses
    ]
