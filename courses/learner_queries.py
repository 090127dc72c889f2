"""What the learner's pages of a course read, beyond the queries that the API shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects

from common.alphabet import Alphabetical
from courses.lesson_html import Place, Term
from courses.models import Citation, Course, KeyTerm, Note, Passage, Reading, Topic
from courses.queries import editable_courses, visible_courses
from courses.retrieval import Found, search_course

User = Any
# Each lesson asks: as SQL it takes a quarter of the time that the ORM needs to write it.
LESSONS = """
    SELECT topic.id, topic.title, topic.module_id, reading.read_at IS NOT NULL
    FROM courses_module AS module
    JOIN courses_topic AS topic ON topic.module_id = module.id
    LEFT JOIN courses_reading AS reading
        ON reading.topic_id = topic.id AND reading.learner_id = %(reader)s
    WHERE module.course_id = %(course)s
    ORDER BY module.position, topic.position
"""


class Neighbour(NamedTuple):
    """A lesson beside another. A course has hundreds, which as rows of `Topic` would be slow."""

    pk: int
    title: str
    module_id: int
    is_read: bool


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`siblings` are the lessons of the same module, the lesson itself among them, each with
    `is_read`."""

    previous: Neighbour | None
    next: Neighbour | None
    siblings: list[Neighbour]


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """`place` is the id of the passage that it belongs to; "" for the lesson as a whole, or if
    the passage is no longer in it."""

    note: Note
    place: str


def listed_courses(user: User) -> QuerySet[Course]:
    """Returns visible courses with `module_count` and `topic_count`, the newest first."""
    courses = visible_courses(user).annotate(
        module_count=Count("modules", distinct=True),
        topic_count=Count("modules__topics", distinct=True),
    )
    # Counting drops the model's own order.
    return courses.order_by("-created_at", "-pk")


def editable_ids(user: User, courses: list[Course]) -> set[int]:
    """Returns which of these courses the person may change."""
    ids = [course.pk for course in courses]
    return set(editable_courses(user).filter(pk__in=ids).values_list("pk", flat=True))


def visible_topics(user: User) -> QuerySet[Topic]:
    """Returns the topics that a person may read, with their modules and courses."""
    found = Topic.objects.filter(module__course__in=visible_courses(user))
    return found.select_related("module__course")


def neighbours(topic: Topic, reader: User) -> Neighbours:
    """Returns the topics before and after, across the course's modules."""
    with connection.cursor() as cursor:
        cursor.execute(LESSONS, {"course": topic.module.course_id, "reader": reader.pk})
        ordered = [Neighbour(*row) for row in cursor.fetchall()]
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
    """Returns the key terms of the lesson, then those of other lessons, each term once."""
    rows = KeyTerm.objects.filter(topic__module__course=topic.module.course_id).order_by(
        "topic__module__position", "topic__position", "pk"
    )
    own_first = sorted(rows, key=lambda row: row.topic_id != topic.pk)
    once = {row.term.casefold(): row for row in reversed(own_first)}
    return [Term(row.pk, row.term, row.definition) for row in reversed(once.values())]


def glossary(course: Course) -> QuerySet[KeyTerm]:
    """Returns its key terms in the order of the alphabet, each with its lesson."""
    rows = KeyTerm.objects.filter(topic__module__course=course)
    return rows.select_related("topic", "passage__document").order_by(
        Alphabetical("term"), "term", "topic__module__position", "topic__position"
    )


def notes_of_lesson(user: User, topic: Topic, places: list[Place]) -> list[PlacedNote]:
    """Returns the learner's notes at a lesson: those of the whole lesson, then along its
    passages."""
    ids = {place.quote: place.id for place in reversed(places)}
    notes = [
        PlacedNote(note, ids.get(note.quote, ""))
        for note in Note.objects.filter(learner=user, topic=topic).order_by("pk")
    ]
    order = {place.id: number for number, place in enumerate(places, start=1)}
    return sorted(notes, key=lambda one: order.get(one.place, 0))


def own_readings(user: User) -> QuerySet[Reading]:
    """Returns the lessons that the learner opened, the latest first, of courses that they may
    read."""
    own = Reading.objects.filter(learner=user, topic__module__course__in=visible_courses(user))
    return own.select_related("topic__module__course").order_by("-opened_at", "-pk")


def own_notes(user: User) -> QuerySet[Note]:
    """Returns all notes and bookmarks of the learner, the latest first, with lessons and
    courses."""
    return Note.objects.filter(learner=user).select_related("topic__module__course")


def search_with_topics(course: Course, query: str) -> list[Found]:
    """Passages that fit, each with the topics written from it. Raises AIError."""
    found = search_course(course, query, taught=True)
    with_topics(course, [hit.passage for hit in found])
    return found


def with_topics(course: Course, passages: Sequence[Passage]) -> Sequence[Passage]:
    """Returns the passages, each with the topics written from it and the citations of it in
    these."""
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    citations = Citation.objects.filter(topic__module__course=course).order_by("position")
    prefetch_related_objects(passages, Prefetch("topics", topics), Prefetch("citations", citations))
    return passages
