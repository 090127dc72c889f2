"""What the learner's pages of a course read, beyond the queries that the API shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects

from common.alphabet import Alphabetical
from courses.lesson_html import Place, Term
from courses.models import Course, KeyTerm, Note, Passage, Reading, Topic
from courses.queries import editable_courses, topic_detail, visible_courses
from courses.retrieval import Found, search_course

User = Any


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`siblings` are the lessons of the same module, the lesson itself among them, each with
    `is_read`."""

    previous: Topic | None
    next: Topic | None
    siblings: list[Topic]


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """`place` is the id of the passage that it belongs to; "" for the lesson as a whole, or if
    the passage is no longer in it."""

    note: Note
    place: str


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


def neighbours(topic: Topic, reader: User) -> Neighbours:
    """The topics before and after, across the course's modules."""
    read = Reading.objects.filter(learner=reader, topic=OuterRef("pk"), read_at__isnull=False)
    ordered = list(
        Topic.objects.filter(module__course=topic.module.course_id)
        .only("pk", "title", "module", "position")
        .annotate(is_read=Exists(read))
        .order_by("module__position", "position")
    )
    index = next((i for i, other in enumerate(ordered) if other.pk == topic.pk), None)
    if index is None:
        # Deleted since it was read, with its course.
        return Neighbours(None, None, [])
    return Neighbours(
        previous=ordered[index - 1] if index else None,
        next=ordered[index + 1] if index + 1 < len(ordered) else None,
        siblings=[other for other in ordered if other.module_id == topic.module_id],
    )


def terms_of_course(topic: Topic) -> list[Term]:
    """The key terms of the lesson, then those of other lessons, each term once."""
    rows = KeyTerm.objects.filter(topic__module__course=topic.module.course_id).order_by(
        "topic__module__position", "topic__position", "pk"
    )
    own_first = sorted(rows, key=lambda row: row.topic_id != topic.pk)
    once = {row.term.casefold(): row for row in reversed(own_first)}
    return [Term(row.pk, row.term, row.definition) for row in reversed(once.values())]


def glossary(course: Course) -> QuerySet[KeyTerm]:
    """Its key terms in the order of the alphabet, each with its lesson."""
    rows = KeyTerm.objects.filter(topic__module__course=course)
    return rows.select_related("topic", "passage__document").order_by(
        Alphabetical("term"), "term", "topic__module__position", "topic__position"
    )


def notes_of_lesson(user: User, topic: Topic, places: list[Place]) -> list[PlacedNote]:
    """The learner's notes at a lesson: those of the whole lesson, then along its passages."""
    ids = {place.quote: place.id for place in reversed(places)}
    notes = [
        PlacedNote(note, ids.get(note.quote, ""))
        for note in Note.objects.filter(learner=user, topic=topic).order_by("pk")
    ]
    order = {place.id: number for number, place in enumerate(places, start=1)}
    return sorted(notes, key=lambda one: order.get(one.place, 0))


def own_readings(user: User) -> QuerySet[Reading]:
    """The lessons that the learner opened, the latest first, of courses that they may read."""
    own = Reading.objects.filter(learner=user, topic__module__course__in=visible_courses(user))
    return own.select_related("topic__module__course").order_by("-opened_at", "-pk")


def own_notes(user: User) -> QuerySet[Note]:
    """All notes and bookmarks of the learner, the latest first, with lessons and courses."""
    return Note.objects.filter(learner=user).select_related("topic__module__course")


def search_with_topics(course: Course, query: str) -> list[Found]:
    """Passages that fit, each with the topics written from it. Raises AIError."""
    found = search_course(course, query, taught=True)
    with_topics(course, [hit.passage for hit in found])
    return found


def with_topics(course: Course, passages: Sequence[Passage]) -> Sequence[Passage]:
    """The passages, each with the topics written from it."""
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    prefetch_related_objects(passages, Prefetch("topics", topics))
    return passages
