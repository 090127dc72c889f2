"""What reviewers change in a written course. Each change locks the row and checks it whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from courses.models import Course, Module, Topic, TopicStatus
from courses.services import CourseStateError

# Markdown's footnote marker, by which a topic's text refers to its citations.
MARKER = re.compile(r"\[\^(\d+)\]")


@transaction.atomic
def edit_course(*, course: Course, title: str, description: str) -> Course:
    """The address keeps its old words: links to the course stay good."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    locked.title, locked.description = title.strip(), description
    locked.full_clean()
    locked.save(update_fields=["title", "description", "updated_at"])
    return locked


@transaction.atomic
def edit_module(*, module: Module, title: str, summary: str, objectives: Sequence[str]) -> Module:
    locked = Module.objects.select_for_update().get(pk=module.pk)
    locked.title, locked.summary = title.strip(), summary
    locked.objectives = [line.strip() for line in objectives if line.strip()]
    locked.full_clean()
    locked.save(update_fields=["title", "summary", "objectives"])
    return locked


@transaction.atomic
def edit_topic(*, topic: Topic, title: str, content: str) -> Topic:
    """Change a written topic, and mark it as edited if its words differ.

    Raises ValidationError for a reference to a citation that the topic does not have.
    """
    locked = _written(topic)
    if (title, content) == (locked.title, locked.content):
        return locked
    check_markers(locked, content)
    if content != locked.content:
        # They were about the engine's words; a person answers for these.
        locked.statements, locked.flags = [], []
    locked.title, locked.content = title.strip(), content
    locked.status = TopicStatus.EDITED
    locked.full_clean()
    locked.save(update_fields=["title", "content", "status", "statements", "flags", "updated_at"])
    return locked


@transaction.atomic
def approve_topic(topic: Topic) -> Topic:
    locked = _written(topic)
    locked.status = TopicStatus.APPROVED
    locked.save(update_fields=["status", "updated_at"])
    return locked


def check_markers(topic: Topic, content: str) -> None:
    known = set(topic.citations.values_list("position", flat=True))
    used = {int(number) for number in MARKER.findall(content)}
    unknown = sorted(used - known)
    if unknown:
        numbers = ", ".join(f"[^{number}]" for number in unknown)
        raise ValidationError(
            {"content": f"This topic has no citation for {numbers}. {_choose_from(known)}"}
        )


def _choose_from(known: set[int]) -> str:
    if not known:
        return "It has none; take the marker out."
    numbers = ", ".join(f"[^{number}]" for number in sorted(known))
    return f"Use one of {numbers}, or take the marker out."


def _written(topic: Topic) -> Topic:
    locked = Topic.objects.select_for_update().get(pk=topic.pk)
    if locked.status == TopicStatus.PENDING:
        raise CourseStateError(
            f"\u201c{locked.title}\u201d is not written yet; wait for the job or retry it."
        )
    return locked
