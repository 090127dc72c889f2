"""Who may see and change what, and the reads that pages and the API share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Count,
    Exists,
    IntegerField,
    Model,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from common.alphabet import Alphabetical
from courses.models import (
    Citation,
    Claim,
    Course,
    CourseStatus,
    KeyTerm,
    Module,
    Passage,
    Reading,
    Topic,
)
from engine.lessons.answer_keys import PrintedQuestion, printed_questions
from engine.lessons.schemas import DOUBTFUL, SourcePassage
from engine.reading.document import DocumentPart, PassageKind, PlaceUnit
from jobs.models import Job

User = Any
M = TypeVar("M", bound=Model)


def can_manage_all(user: User) -> bool:
    return bool(user.is_active and user.has_perm("courses.manage_all_courses"))


def editable_courses(user: User) -> QuerySet[Course]:
    """Courses a person may change: all for editors, their own for teachers."""
    if isinstance(user, AnonymousUser) or not user.has_perm("courses.change_course"):
        return Course.objects.none()
    if can_manage_all(user):
        return Course.objects.all()
    return Course.objects.filter(owner=user)


def of_editable_courses(rows: QuerySet[M], user: User, path: str) -> QuerySet[M]:
    """Returns those of `rows` that belong to courses which the person may change; `path` leads from
    a row to its course. Rows of all courses are not looked up in the table of courses one by one.
    """
    courses = editable_courses(user)
    if not courses.query.is_empty() and can_manage_all(user):
        return rows
    return rows.filter(**{f"{path}__in": courses})


def people_who_edit(course: Course) -> QuerySet[Any]:
    """Returns the people who may change the course."""
    people: Any = get_user_model()._default_manager
    everyones = people.with_perm("courses.manage_all_courses")
    found: QuerySet[Any] = people.with_perm("courses.change_course").filter(
        Q(pk=course.owner_id) | Q(pk__in=everyones)
    )
    return found


def visible_courses(user: User) -> QuerySet[Course]:
    """Courses a person may read: the published ones, and those they may change."""
    if not user.is_authenticated:
        return Course.objects.none()
    if can_manage_all(user):
        return Course.objects.all()
    seen = Q(status=CourseStatus.PUBLISHED)
    if user.has_perm("courses.change_course"):
        seen |= Q(owner=user)
    return Course.objects.filter(seen)


def course_of_job(job: Job) -> Course | None:
    """Returns the course that a job makes or changes; None once it is deleted."""
    return Course.objects.filter(pk=job.parameters.get("course")).first()


def course_tree(
    courses: QuerySet[Course], *, with_texts: bool = False, reader: User | None = None
) -> QuerySet[Course]:
    """Courses with modules and topics: three queries, whatever the size.

    Of topics their titles only, unless they are asked for `with_texts`. With a `reader` each topic
    has `has_text`, and `is_read`, whether that learner marked it as read.
    """
    topics = Topic.objects.order_by("position")
    if reader is not None:
        read = Reading.objects.filter(learner=reader, topic=OuterRef("pk"), read_at__isnull=False)
        topics = topics.annotate(has_text=~Q(content=""), is_read=Exists(read))
    if not with_texts:
        topics = topics.only("module", "position", "title", "status")
    return courses.prefetch_related(
        Prefetch("modules", Module.objects.order_by("position")),
        Prefetch("modules__topics", topics),
    )


def review_tree(course: Course) -> QuerySet[Module]:
    """Returns a course's modules with all that a reviewer reads: three queries, whatever the size.

    Topics carry `citation_count` and `doubted`, the number of their doubted claims.
    """
    citations = Citation.objects.select_related("passage__document").order_by("position")
    topics = Topic.objects.order_by("position").annotate(
        citation_count=Count("citations"), doubted=doubted_count()
    )
    return course.modules.order_by("position").prefetch_related(
        Prefetch("topics", topics), Prefetch("topics__citations", citations)
    )


def topic_detail(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Returns topics with citations, their passages and documents, and key terms."""
    citations = Citation.objects.select_related("passage__document").order_by("position")
    by_term = KeyTerm.objects.order_by(Alphabetical("term"), "term")
    terms = by_term.select_related("passage__document")
    return topics.select_related("module__course").prefetch_related(
        Prefetch("citations", citations), Prefetch("key_terms", terms)
    )


def doubted_claims(topic: Topic) -> QuerySet[Claim]:
    """Returns the claims of a topic that a reviewer should compare with their sources."""
    return topic.claims.filter(verdict__in=DOUBTFUL).order_by("position")


def doubted_count() -> Coalesce:
    """Returns how many claims of a topic are doubted, to annotate topics with."""
    doubted = Claim.objects.filter(topic=OuterRef("pk"), verdict__in=DOUBTFUL).order_by()
    counted = doubted.values("topic").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def source_passages(passages: QuerySet[Passage]) -> tuple[SourcePassage, ...]:
    """Passages in reading order, as engines take them."""
    # A book has thousands, and to make an object of each takes longer than to read them.
    rows = passages.order_by("document__position", "position").values_list(*_OF_SOURCE)
    return tuple(
        SourcePassage(
            *(pk, document, at, page, last_page, label, last_label, tuple(path), text),
            PassageKind(kind),
            DocumentPart(matter),
            PlaceUnit(unit),
        )
        for pk, document, at, page, last_page, label, last_label, path, text, kind, matter, unit
        in rows
    )  # fmt: skip


# The fields of a SourcePassage, in its order.
_OF_SOURCE = (
    *("pk", "document__position", "position", "page_from", "page_to", "label_from", "label_to"),
    *("heading_path", "text", "kind", "matter", "unit"),
)


def printed_exercises(course: Course) -> tuple[PrintedQuestion, ...]:
    """Returns the exercises of a course's documents, with the answers that these print: one
    query."""
    parts = (DocumentPart.EXERCISES, DocumentPart.ANSWERS)
    passages = Passage.objects.filter(document__course=course, matter__in=parts)
    return printed_questions(source_passages(passages))


def in_reading_order(passages: Iterable[Passage]) -> tuple[SourcePassage, ...]:
    """Passages that are loaded with their documents, each once, as engines take them."""
    known = {passage.pk: passage for passage in passages}.values()
    ordered = sorted(known, key=lambda passage: (passage.document.position, passage.position))
    return tuple(_source_passage(passage) for passage in ordered)


def with_sources(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Returns topics with their key terms, sources and citations: a fixed number of queries."""
    return topics.prefetch_related(
        "key_terms",
        "sources__document",
        "citations__passage__document",
        Prefetch("supplements", Passage.objects.only("pk")),
    )


def _source_passage(passage: Passage) -> SourcePassage:
    return SourcePassage(
        id=passage.pk,
        document=passage.document.position,
        position=passage.position,
        page_from=passage.page_from,
        page_to=passage.page_to,
        label_from=passage.label_from,
        label_to=passage.label_to,
        heading_path=tuple(passage.heading_path),
        text=passage.text,
        kind=PassageKind(passage.kind),
        matter=DocumentPart(passage.matter),
        unit=PlaceUnit(passage.unit),
    )
