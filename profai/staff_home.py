"""What the first page of staff says: what waits for them, what runs, how it went lately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from courses.models import (
    Claim,
    Course,
    CourseStatus,
    Revision,
    RevisionState,
    Topic,
    TopicStatus,
)
from courses.queries import can_manage_all, editable_courses, of_editable_courses
from engine.lessons.schemas import DOUBTFUL
from jobs.models import OPEN_JOB, Job, JobStatus, Step, StepStatus
from jobs.queries import live_clusters, visible_jobs
from quizzes.models import Attempt, Question, QuestionStatus
from quizzes.results import item_results, people_who_teach

DAYS = 14
MAX_COURSES, MAX_JOBS, MAX_LOOKED_AT, MAX_ATTEMPTS = 8, 6, 3, 1000
WAITING = (CourseStatus.IN_REVIEW, CourseStatus.DRAFT, CourseStatus.PUBLISHED)
HEIGHT, WIDTH, GAP = 100, 20, 4


@dataclass(frozen=True, slots=True)
class Waiting:
    """A course with something to review, by kind."""

    course: Course
    questions: int
    sentences: int
    lessons: int
    proposals: int

    @property
    def total(self) -> int:
        return self.questions + self.sentences + self.lessons + self.proposals


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart; heights and places are those of its drawing."""

    day: date
    value: Any
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of days, drawn as SVG by its template. `unit` names what is counted."""

    title: str
    unit: str
    bars: Sequence[Bar]
    total: Any

    @property
    def width(self) -> int:
        return len(self.bars) * (WIDTH + GAP)


def home(user: Any) -> dict[str, Any]:
    if not (user.is_active and user.has_perm("courses.change_course")):
        return {}
    sees_costs = can_manage_all(user)
    courses = editable_courses(user)
    days = _counted_attempts(user).order_by().annotate(day=TruncDate("submitted_at"))
    handed_in = dict(days.values_list("day").annotate(number=Count("pk")))
    attempts = _chart("Attempts handed in", "attempts", handed_in, 0)
    return {
        "is_home": True,
        "waiting": waiting_courses(courses),
        "outlined": courses.filter(status=CourseStatus.OUTLINED).order_by("-updated_at")[
            :MAX_COURSES
        ],
        "failed": _jobs(user).filter(status=JobStatus.FAILED, created_at__gte=_since())[:MAX_JOBS],
        "running": _jobs(user).filter(status__in=OPEN_JOB)[:MAX_JOBS],
        "broken": list(broken_items(user)),
        "charts": [attempts, *(_cost_charts(user) if sees_costs else ())],
        "workers": live_clusters().count(),
        "queued": Step.objects.filter(status=StepStatus.QUEUED).count(),
        "sees_costs": sees_costs,
        "days": DAYS,
    }


def _since() -> Any:
    return timezone.now() - timedelta(days=DAYS)


def _jobs(user: Any) -> QuerySet[Job]:
    return visible_jobs(user).order_by("-created_at")


def waiting_courses(courses: QuerySet[Course]) -> list[Waiting]:
    """Returns the latest courses that somebody should review, those sent to review first.

    A fixed number of queries: the courses, and one for each kind of thing that waits.
    """
    open_questions = Question.objects.filter(status__in=_UNREAD).values("quiz__course")
    proposed = Revision.objects.filter(state=RevisionState.PROPOSED).values("course")
    recent = courses.filter(status__in=WAITING).order_by("-updated_at")
    sent = list(recent.filter(status=CourseStatus.IN_REVIEW)[:MAX_COURSES])
    drafts = list(recent.filter(status=CourseStatus.DRAFT)[:MAX_COURSES])
    shown = recent.filter(status=CourseStatus.PUBLISHED)
    # Of published courses those in which something waits; there may be thousands of others.
    some = shown.filter(Q(pk__in=open_questions) | Q(pk__in=proposed))[:MAX_COURSES]
    found = list({course.pk: course for course in [*sent, *drafts, *some]}.values())
    questions = Question.objects.filter(quiz__course__in=found, status__in=_UNREAD)
    topics = Topic.objects.filter(module__course__in=found, status=TopicStatus.WRITTEN)
    claims = Claim.objects.filter(topic__module__course__in=found, verdict__in=DOUBTFUL)
    proposals = Course.objects.filter(
        pk__in=[one.pk for one in found], revisions__state=RevisionState.PROPOSED
    )
    counts = [
        _counted(questions, "quiz__course"),
        _counted(claims, "topic__module__course"),
        _counted(topics, "module__course"),
        _counted(proposals, "pk"),
    ]
    rows = [Waiting(one, *(count.get(one.pk, 0) for count in counts)) for one in found]
    return [row for row in rows if row.total or row.course.status != CourseStatus.PUBLISHED][
        :MAX_COURSES
    ]


_UNREAD = (QuestionStatus.DRAFT, QuestionStatus.PROPOSED)


def _counted(rows: QuerySet[Any], course: str) -> dict[int, int]:
    counted = rows.order_by().values(course).annotate(number=Count("*"))
    return {one[course]: one["number"] for one in counted}


def broken_items(user: Any) -> Iterator[Any]:
    """Yields questions that look broken, of the courses that learners used last."""
    latest = _counted_attempts(user).order_by("-submitted_at").values("pk")[:MAX_ATTEMPTS]
    lately = Attempt.objects.filter(pk__in=latest).order_by().values("quiz__course")
    used = lately.annotate(number=Count("pk")).order_by("-number")[:MAX_LOOKED_AT]
    for course in Course.objects.filter(pk__in=[one["quiz__course"] for one in used]):
        found = [one for one in item_results(course) if one.weight > 1]
        if found:
            yield {"course": course, "items": found[:3], "total": len(found)}


def _counted_attempts(user: Any) -> QuerySet[Attempt]:
    attempts = Attempt.objects.filter(submitted_at__gte=_since(), learner__is_staff=False)
    own = of_editable_courses(attempts, user, "quiz__course")
    return own.exclude(learner__in=people_who_teach())


# --- charts


def _cost_charts(user: Any) -> Iterator[Chart]:
    jobs = visible_jobs(user).filter(created_at__gte=_since(), calls__gt=0).order_by()
    days = jobs.annotate(day=TruncDate("created_at")).values("day")
    sums = days.annotate(used=Sum("tokens_in") + Sum("tokens_out"), dollars=Sum("cost"))
    found = list(sums)
    if found:
        yield _chart("Tokens", "tokens", {one["day"]: one["used"] for one in found}, 0)
        dollars = {one["day"]: one["dollars"] for one in found}
        yield _chart("Cost", "US dollars", dollars, Decimal(0))


def _chart(title: str, unit: str, values: dict[date, Any], nothing: Any) -> Chart:
    today = timezone.localdate()
    days = [today - timedelta(days=number) for number in reversed(range(DAYS))]
    most = max((values.get(day, nothing) for day in days), default=nothing) or 1
    # Every day that is not empty has a bar that can be seen.
    bars = [
        Bar(
            day,
            value,
            place * (WIDTH + GAP),
            max(round(HEIGHT * float(value) / float(most)), 2) if value else 0,
        )
        for place, day in enumerate(days)
        for value in [values.get(day, nothing)]
    ]
    return Chart(title, unit, bars, sum((bar.value for bar in bars), nothing))
