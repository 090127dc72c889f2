"""What a learner's home shows: where to go on, and the next step in each course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from courses.learner_queries import listed_courses
from courses.models import Course, Reading, Topic
from courses.queries import visible_courses
from quizzes.models import Attempt, Quiz
from quizzes.progress import CourseOverview, QuizStates, quiz_states
from quizzes.queries import own_attempts, visible_quizzes

User = Any
LATE_FOR = timedelta(days=30)
MAX_DUE = 50


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next. `kind` is "read", "quiz" or "resume" (a quiz that was begun)."""

    kind: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class CourseState:
    """How far a learner is in a course. `next` is None once everything is done."""

    read: int
    topics: int
    passed: int
    quizzes: int
    next: Step | None

    @property
    def done(self) -> int:
        return self.read + self.passed

    @property
    def total(self) -> int:
        return self.topics + self.quizzes


@dataclass(frozen=True, slots=True)
class CourseLine:
    course: Course
    state: CourseState
    is_begun: bool


@dataclass(frozen=True, slots=True)
class GoOn:
    """Where the learner was last: a quiz that is open, or else a lesson."""

    course: Course
    step: Step


@dataclass(frozen=True, slots=True)
class DueQuiz:
    quiz: Quiz
    is_late: bool


def due_quizzes(user: User) -> list[DueQuiz]:
    """Quizzes with a due date that the learner has not passed, the soonest first: two queries.

    What is late for longer than `LATE_FOR` is left out.
    """
    now = timezone.now()
    wanted = visible_quizzes(user).filter(due_at__gt=now - LATE_FOR).order_by("due_at", "pk")
    quizzes = list(wanted[:MAX_DUE])
    states = quiz_states(user, quizzes) if quizzes else QuizStates({}, {})
    return [
        DueQuiz(quiz, quiz.due_at is not None and quiz.due_at < now)
        for quiz in quizzes
        if not states.is_passed(quiz)
    ]


def courses_of_home(user: User) -> QuerySet[Course]:
    """Returns the courses that a learner may read: those begun first, then the newest."""
    own = Reading.objects.filter(learner=user, topic__module__course=OuterRef("pk"))
    tried = Attempt.objects.filter(learner=user, quiz__course=OuterRef("pk"))
    courses = listed_courses(user).annotate(is_begun=Exists(own) | Exists(tried))
    return courses.order_by("-is_begun", "-created_at", "-pk")


def course_lines(user: User, courses: Sequence[Course]) -> list[CourseLine]:
    """Courses from `courses_of_home` with the learner's progress: four queries, however many."""
    read = _read_counts(user, courses)
    unread = _first_unread(user, courses)
    quizzes = list(visible_quizzes(user).filter(course__in=courses))
    states = quiz_states(user, quizzes)
    by_course: dict[int, list[Quiz]] = {}
    for quiz in quizzes:
        by_course.setdefault(quiz.course_id, []).append(quiz)
    lines = []
    for course in courses:
        own: Any = course
        state = _state(
            read.get(course.pk, 0),
            own.topic_count,
            unread.get(course.pk),
            by_course.get(course.pk, []),
            states,
        )
        lines.append(CourseLine(course, state, own.is_begun))
    return lines


def course_state(course: Course, overview: CourseOverview) -> CourseState:
    """Returns the state of a course that came through `course_tree` with its reader: no query."""
    topics: list[Any] = [one for module in course.modules.all() for one in module.topics.all()]
    unread = next((one for one in topics if one.has_text and not one.is_read), None)
    read = sum(one.is_read for one in topics)
    return _state(read, len(topics), unread, overview.quizzes, overview.states)


def _state(
    read: int, topics: int, unread: Topic | None, quizzes: list[Quiz], states: QuizStates
) -> CourseState:
    left = [quiz for quiz in quizzes if not states.is_passed(quiz)]
    return CourseState(
        read=read,
        topics=topics,
        passed=len(quizzes) - len(left),
        quizzes=len(quizzes),
        next=_next_step(unread, left, states.opened),
    )


def _read_counts(user: User, courses: Iterable[Course]) -> dict[int, int]:
    rows = (
        Reading.objects.filter(
            learner=user, read_at__isnull=False, topic__module__course__in=courses
        )
        .order_by()
        .values("topic__module__course")
        .annotate(total=Count("pk"))
    )
    return {row["topic__module__course"]: row["total"] for row in rows}


def _first_unread(user: User, courses: Iterable[Course]) -> dict[int, Topic]:
    read = Reading.objects.filter(learner=user, read_at__isnull=False, topic=OuterRef("pk"))
    topics = (
        Topic.objects.filter(~Exists(read), module__course__in=courses)
        .exclude(content="")
        .select_related("module")
        .only("title", "module__course", "module__position")
        .order_by("module__course_id", "module__position", "position")
        .distinct("module__course_id")
    )
    return {topic.module.course_id: topic for topic in topics}


def _next_step(unread: Topic | None, left: list[Quiz], opened: dict[int, Attempt]) -> Step | None:
    """Returns the next step: an open quiz; else by the order of modules what is not read, then what
    is not passed; the final quiz comes last."""
    for quiz in left:
        if attempt := opened.get(quiz.pk):
            return Step("resume", quiz.title, reverse("attempt-take", args=[attempt.pk]))
    before = [
        quiz
        for quiz in left
        if unread is None or (quiz.module and quiz.module.position < unread.module.position)
    ]
    first = min(before, key=_place, default=None)
    if first:
        return Step("quiz", first.title, first.get_absolute_url())
    if unread:
        return Step("read", unread.title, reverse("topic-detail", args=[unread.pk]))
    return None


def _place(quiz: Quiz) -> float:
    return quiz.module.position if quiz.module else float("inf")


def go_on(user: User) -> GoOn | None:
    """Returns where the learner was last, of what they may still read: two queries."""
    attempt = own_attempts(user).filter(submitted_at=None).order_by("-started_at").first()
    reading = (
        Reading.objects.filter(learner=user, topic__module__course__in=visible_courses(user))
        .select_related("topic__module__course")
        .first()
    )
    if attempt and (reading is None or attempt.started_at > reading.opened_at):
        url = reverse("attempt-take", args=[attempt.pk])
        return GoOn(attempt.quiz.course, Step("resume", attempt.quiz.title, url))
    if reading is None:
        return None
    url = reverse("topic-detail", args=[reading.topic_id])
    return GoOn(reading.topic.module.course, Step("read", reading.topic.title, url))
