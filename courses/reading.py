"""What the learner's pages of a course read, beyond the queries that the API shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects

from courses.models import Course, Topic
from courses.queries import editable_courses, topic_detail, visible_courses
from courses.retrieval import Found, search_course

User = Any


@dataclass(frozen=True, slots=True)
class Neighbours:
    previous: Topic | None
    next: Topic | None


def listed_courses(user: User) -> QuerySet[Course]:
    """Visible courses with `module_count` and `topic_count`, the newest first."""
    courses = visible_courses(user).annotate(
        module_count=Count("modules", distinct=True),
        topic_count=Count("modules__topics", distinct=True),
    )
    # Counting drops the model's own order.
    return courses.order_by("-created_at", "-pk")


def editable_ids(user: User, courses: list[Course]) -> set[int]:
    """Which of these courses the person may change."""
    ids = [course.pk for course in courses]
    return set(editable_courses(user).filter(pk__in=ids).values_list("pk", flat=True))


def visible_topics(user: User) -> QuerySet[Topic]:
    return topic_detail(Topic.objects.filter(module__course__in=visible_courses(user)))


def neighbours(topic: Topic) -> Neighbours:
    """The topics before and after, across the course's modules."""
    ordered = list(
        Topic.objects.filter(module__course=topic.module.course_id)
        .only("pk", "title")
        .order_by("module__position", "position")
    )
    index = next(i for i, other in enumerate(ordered) if other.pk == topic.pk)
    return Neighbours(
        previous=ordered[index - 1] if index else None,
        next=ordered[index + 1] if index + 1 < len(ordered) else None,
    )


def search_with_topics(course: Course, query: str) -> list[Found]:
    """Passages that fit, each with the topics written from it. Raises AIError."""
    found = search_course(course, query)
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    prefetch_related_objects([hit.passage for hit in found], Prefetch("topics", topics))
    return found
