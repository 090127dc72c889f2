"""A quiz made once more, or for the first time, for a course that is written already."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from courses.models import Course, Module, Topic, TopicStatus
from courses.rewriting import lock_idle
from courses.services import CourseStateError
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import create_job
from quizzes.models import Question, QuestionStatus

PIPELINE = "quiz"
# What a person answers for is not replaced by an engine's questions.
KEPT = (QuestionStatus.EDITED, QuestionStatus.APPROVED)


def quiz_size(module: Module | None) -> int:
    size: int = settings.MODULE_QUIZ_SIZE if module else settings.COURSE_QUIZ_SIZE
    return size


@transaction.atomic
def request_quiz(*, course: Course, module: Module | None, requested_by: Any = None) -> Job:
    """Queue a job that makes the quiz of a module, or the final quiz where `module` is None.

    Questions that a person edited or approved are kept; the others are replaced once there are
    new ones. Raises CourseStateError where nothing is written yet or a job works on the course.
    """
    lock_idle(course)
    topics = Topic.objects.filter(module__course=course)
    written = (topics.filter(module=module) if module else topics).exclude(
        status=TopicStatus.PENDING
    )
    if not written.exists():
        raise CourseStateError("There is no written topic to ask about.")
    kept = Question.objects.filter(quiz__course=course, quiz__module=module, status__in=KEPT)
    if kept.count() >= quiz_size(module):
        raise CourseStateError(
            "Every question of this quiz was edited or approved; reject those to be replaced."
        )
    about = module.title if module else course.title
    step = StepSpec(
        key="quiz",
        stage="quiz",
        name=f"Write the quiz of {about}"[:255],
        parameters={"module": module.pk if module else None, "engine": settings.COURSE_ENGINE},
        units_total=1,
    )
    return create_job(
        kind=PIPELINE,
        title=f"Quiz: {about}"[:255],
        requested_by=requested_by,
        parameters={"course": course.pk},
        steps=[step],
    )
