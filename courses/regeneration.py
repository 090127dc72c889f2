"""Requests for writing topics again, by the engine that the settings name now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from common.transactions import atomic, lock
from courses.engines import EXTRACTIVE
from courses.models import Course, Topic, TopicStatus
from courses.services import CourseStateError, disturbing_jobs_of
from engine.language.typed import one_line
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import create_job

PIPELINE = "rewrite"
MAX_INSTRUCTION = 500  # characters


@atomic
def request_rewrite(
    *,
    course: Course,
    topics: Iterable[Topic],
    requested_by: Any = None,
    instruction: str = "",
) -> Job:
    """Queues a job that writes these topics of the course again, following `instruction` if there
    is one.

    The old text stays until the new text is saved, and is kept as a version after that. The new
    text becomes a proposal if a person edited or approved the topic, or if learners read it. Raises
    CourseStateError if another job works on the course, if a topic has no text yet, or if
    `instruction` cannot be followed.
    """
    wanted = list(topics)
    instruction = check_instruction(instruction)
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
            "instruction": instruction,
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


def can_instruct() -> bool:
    """Whether a model is set up, which can follow an instruction."""
    return bool(settings.COURSE_ENGINE != EXTRACTIVE)


def check_instruction(instruction: str) -> str:
    """Returns the instruction as one line. Raises CourseStateError if it is too long, or if there
    is one and no model to follow it.
    """
    words = one_line(instruction)
    if len(words) > MAX_INSTRUCTION:
        raise CourseStateError(f"An instruction has at most {MAX_INSTRUCTION} characters.")
    if words and not can_instruct():
        raise CourseStateError(
            "Without a language model no instruction can be followed: the text is made of the "
            "documents' own sentences. Edit it by hand, or have a model set up."
        )
    return words


def version(topic: Topic) -> str:
    """Returns a text that is different after every change of the topic."""
    return topic.updated_at.isoformat()


def lock_idle(course: Course) -> Course:
    """Locks the course. Raises CourseStateError if a job makes or changes it."""
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    if disturbing_jobs_of(locked).exists():
        raise CourseStateError("Another job works on this course; wait for it or cancel it.")
    return locked
