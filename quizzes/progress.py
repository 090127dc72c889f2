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
from quizzes.queries import by_rule, counted_attempts, quizzes_of, visible_quizzes

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
class QuizStates:
    """A learner's results and open attempts, by quiz id; practice is not among them."""

    best: dict[int, Best]
    opened: dict[int, Attempt]

    def is_passed(self, quiz: Quiz) -> bool:
        return quiz.pk in self.best and self.best[quiz.pk].passed


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
    quizzes: list[Quiz]
    states: QuizStates


@dataclass(frozen=True, slots=True)
class CourseProgress:
    course: Course
    progress: Progress


def best_results(user: User, quizzes: Iterable[Quiz]) -> dict[int, Best]:
    """Returns results by quiz id. A quiz without a submitted attempt is not in it."""
    return quiz_states(user, quizzes).best


def quiz_states(user: User, quizzes: Iterable[Quiz]) -> QuizStates:
    """One query."""
    own = Attempt.objects.filter(learner=user, quiz__in=quizzes, is_practice=False)
    states = QuizStates({}, {})
    for attempt in by_rule(own).only("quiz", "submitted_at", "percentage", "passed"):
        if attempt.submitted_at is None:
            states.opened[attempt.quiz_id] = attempt
        else:
            result = Best(attempt.percentage or 0, bool(attempt.passed))
            states.best.setdefault(attempt.quiz_id, result)
    return states


def course_overview(user: User, course: Course) -> CourseOverview:
    """A course that came through `course_tree`, with its quizzes and the learner's results."""
    quizzes = list(quizzes_of(course, user))
    states = quiz_states(user, quizzes)
    lines = {
        quiz.module_id: QuizLine(quiz, states.best.get(quiz.pk), quiz.pk in states.opened)
        for quiz in quizzes
    }
    passed = sum(result.passed for result in states.best.values())
    return CourseOverview(
        modules=[ModuleLine(module, lines.get(module.pk)) for module in course.modules.all()],
        final=lines.get(None),
        progress=Progress(passed, len(quizzes)),
        quizzes=quizzes,
        states=states,
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
