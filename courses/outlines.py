"""The outline of a course that waits for a person: read, changed, and written when it is good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from common.transactions import atomic, lock
from courses.editing import levels_of
from courses.models import Course, CourseStatus, Module, Topic
from courses.regeneration import lock_idle
from courses.services import WRITING_PIPELINE, CourseStateError
from engine.language.typed import one_line, with_line_feeds
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import create_job


@dataclass(frozen=True, slots=True)
class OutlinedTopic:
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class OutlinedModule:
    """A module as it shall be; `id` is None for a new one."""

    id: int | None
    title: str
    summary: str
    objectives: Sequence[str]
    topics: Sequence[OutlinedTopic]


@atomic
def edit_outline(course: Course, modules: Sequence[OutlinedModule]) -> None:
    """Makes the outline what is given, in this order. Topics that are not named are left out of the
    course; each other one keeps its passages, in whatever module it stands.

    Raises ValidationError for what cannot be, and CourseStateError once lessons are written.
    """
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    if locked.status != CourseStatus.OUTLINED:
        raise CourseStateError("The outline can be changed only before the lessons are written.")
    old_modules = {row.pk: row for row in lock(Module.objects.filter(course=locked))}
    old_topics = {row.pk: row for row in lock(Topic.objects.filter(module__course=locked))}
    found = list(_problems(modules, old_modules, old_topics))
    if found:
        raise ValidationError({"modules": found})
    kept_topics: set[int] = set()
    kept_modules: set[int] = set()
    for week, wanted in enumerate(modules, start=1):
        module = old_modules[wanted.id] if wanted.id else Module(course=locked)
        _save_module(module, wanted, week)
        kept_modules.add(module.pk)
        for position, one in enumerate(wanted.topics, start=1):
            topic = old_topics[one.id]
            topic.module, topic.position, topic.title = module, position, one_line(one.title)
            topic.full_clean(exclude=["module"], validate_constraints=False)
            topic.save(update_fields=["module", "position", "title", "updated_at"])
            kept_topics.add(topic.pk)
    Topic.objects.filter(module__course=locked).exclude(pk__in=kept_topics).delete()
    Module.objects.filter(course=locked).exclude(pk__in=kept_modules).delete()


def _save_module(module: Module, wanted: OutlinedModule, week: int) -> None:
    objectives = [line for line in map(one_line, wanted.objectives) if line]
    module.levels = levels_of(module, objectives)
    module.position, module.title = week, one_line(wanted.title)
    module.summary, module.objectives = with_line_feeds(wanted.summary), objectives
    module.full_clean(validate_constraints=False)
    module.save()


def _problems(
    modules: Sequence[OutlinedModule], old_modules: dict[int, Module], topics: dict[int, Topic]
) -> Iterator[str]:
    if not modules:
        yield "Keep at least one module."
    named = [topic.id for module in modules for topic in module.topics]
    if len(set(named)) < len(named):
        yield "A topic stands in the outline twice."
    if unknown := [key for key in named if key not in topics]:
        yield f"This course has no topic {unknown[0]}."
    ids = [module.id for module in modules if module.id]
    if len(set(ids)) < len(ids) or any(key not in old_modules for key in ids):
        yield "A module stands in the outline twice, or is none of this course."
    if any(not module.topics for module in modules):
        yield "Give each module at least one topic, or leave it out."
    titles = [module.title for module in modules]
    titles += [topic.title for module in modules for topic in module.topics]
    if any(not one_line(title) for title in titles):
        yield "Give each module and each topic a title."


@atomic
def request_writing(*, course: Course, requested_by: Any = None) -> Job:
    """Queues the job that writes the lessons and quizzes of an outline.

    Raises CourseStateError for a course without an outline that waits.
    """
    locked = lock_idle(course)
    if locked.status != CourseStatus.OUTLINED:
        raise CourseStateError("No outline of this course waits to be written.")
    locked.status = CourseStatus.GENERATING
    locked.job = create_job(
        kind=WRITING_PIPELINE,
        title=f"Write the lessons: {locked.title}"[:255],
        requested_by=requested_by,
        parameters={"course": locked.pk},
        steps=[StepSpec(key="plan", stage="plan", name="Take the outline")],
    )
    locked.save(update_fields=["status", "job", "updated_at"])
    return locked.job
