"""Topics written again, by the engine that is configured now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction

from courses.models import Course, Topic, TopicStatus
from courses.services import CourseStateError
from jobs.models import OPEN_JOB, Job
from jobs.pipelines import StepSpec
from jobs.services import create_job

PIPELINE = "rewrite"


@transaction.atomic
def request_rewrite(*, course: Course, topics: Iterable[Topic], requested_by: Any = None) -> Job:
    """Queue a job that writes these topics of the course again.

    What stands there is kept until the new words are saved. Raises CourseStateError while
    another job works on the course.
    """
    wanted = list(topics)
    lock_idle(course)
    if not wanted:
        raise CourseStateError("There is no topic to write again.")
    pending = [topic for topic in wanted if topic.status == TopicStatus.PENDING]
    if pending:
        raise CourseStateError(
            f"\u201c{pending[0]}\u201d was never written; retry the course's job instead."
        )
    step = StepSpec(
        key="write",
        stage="write",
        name=f"Write {', '.join(topic.title for topic in wanted)} again"[:255],
        parameters={
            "topics": {str(topic.pk): version(topic) for topic in wanted},
            "engine": settings.COURSE_ENGINE,
        },
        units_total=len(wanted),
    )
    return create_job(
        kind=PIPELINE,
        title=f"Write again: {course.title}"[:255],
        requested_by=requested_by,
        parameters={"course": course.pk},
        steps=[step],
    )


def version(topic: Topic) -> str:
    """Changes with every change of the topic."""
    return topic.updated_at.isoformat()


def lock_idle(course: Course) -> Course:
    """Lock the course, which no job may be working on. Raises CourseStateError."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if Job.objects.filter(status__in=OPEN_JOB, parameters__course=course.pk).exists():
        raise CourseStateError("Another job works on this course; wait for it or cancel it.")
    return locked
