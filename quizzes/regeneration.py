"""A quiz made once more, or for the first time, for a course that is written already."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from common.transactions import atomic
from courses.models import Course, Module, Topic, TopicStatus
from courses.regeneration import check_instruction, lock_idle
from courses.services import CourseStateError
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import create_job
from quizzes.models import READ_BY_PERSON, Question

PIPELINE = "quiz"
QUESTION_PIPELINE = "question"
# What a person answers for is not replaced by an engine's questions.
KEPT = READ_BY_PERSON


def quiz_size(module: Module | None) -> int:
    size: int = settings.MODULE_QUIZ_SIZE if module else settings.COURSE_QUIZ_SIZE
    return size


@atomic
def request_quiz(
    *,
    course: Course,
    module: Module | None,
    requested_by: Any = None,
    answers_at_once: bool = False,
) -> Job:
    """Queues a job that makes the quiz of a module, or the final quiz where `module` is None.
    `answers_at_once` is for clients that know no rules: see `courses.services.request_course`.

    Questions that a person edited or approved are kept; the others are replaced once there are
    new ones, or stay beside them where learners are asked them. Raises CourseStateError where
    nothing is written yet or a job works on the course.
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
        parameters={"course": course.pk, "answers_at_once": answers_at_once},
        steps=[step],
    )


@atomic
def request_question(*, question: Question, requested_by: Any = None, instruction: str = "") -> Job:
    """Queues a job that makes another question in the place of this one, as an `instruction` says.

    It stands beside this one as a proposal until somebody accepts it. Raises CourseStateError
    where the question has no topic any more or a job works on the course.
    """
    course = question.quiz.course
    lock_idle(course)
    instruction = check_instruction(instruction)
    if question.topic is None or question.topic.status == TopicStatus.PENDING:
        raise CourseStateError(
            "This question belongs to no written topic, so that there is nothing to make another "
            "one of. Write it by hand."
        )
    step = StepSpec(
        key="question",
        stage="question",
        name=f"Make another question about {question.topic.title}"[:255],
        parameters={
            "question": question.pk,
            "engine": settings.COURSE_ENGINE,
            "instruction": instruction,
        },
        units_total=1,
    )
    return create_job(
        kind=QUESTION_PIPELINE,
        title=f"Another question: {question.stem}"[:255],
        requested_by=requested_by,
        parameters={"course": course.pk},
        steps=[step],
    )
