"""How far a learner is: results by quiz, and passed quizzes by course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from common.alphabet import Alphabetical
from courses.models import Course, Module
from courses.queries import visible_courses
from quizzes.models import Attempt, CountedAttempt, Quiz
from quizzes.queries import counted_attempts, quizzes_of, visible_quizzes

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
    """One query. Which attempt is the result is chosen here, by the rule of `by_rule`: to write
    that as SQL took a tenth of the time of the course's page."""
    by_id = {quiz.pk: quiz for quiz in quizzes}
    own = Attempt.objects.filter(learner=user, quiz__in=[*by_id], is_practice=False).order_by()
    states = QuizStates({}, {})
    submitted = []
    for attempt in own.only("quiz", "submitted_at", "percentage", "passed"):
        if attempt.submitted_at is None:
            states.opened[attempt.quiz_id] = attempt
        else:
            submitted.append(attempt)
    for attempt in sorted(submitted, key=lambda one: _place(one, by_id[one.quiz_id])):
        result = Best(attempt.percentage or 0, bool(attempt.passed))
        states.best.setdefault(attempt.quiz_id, result)
    return states


def _place(attempt: Attempt, quiz: Quiz) -> tuple[Any, ...]:
    """Sorts a learner's submitted attempts at a quiz as `by_rule` does."""
    at: Any = attempt.submitted_at
    is_best, is_last = (quiz.counts == rule for rule in (CountedAttempt.BEST, CountedAttempt.LAST))
    return (
        not (is_best and attempt.passed),
        -(attempt.percentage or 0) if is_best else 0,
        -at.timestamp() if is_last else at.timestamp(),
        attempt.pk,
    )


def course_overview(user: User, course: Course) -> CourseOverview:
    """Returns a course that came through `course_tree`, with its quizzes and the learner's
    results."""
    modules = {module.pk: module for module in course.modules.all()}
    quizzes = list(quizzes_of(course, user))
    for quiz in quizzes:
        if quiz.module_id in modules:
            quiz.module = modules[quiz.module_id]
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
