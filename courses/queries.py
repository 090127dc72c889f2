"""Who may see and change what, and the reads that pages and the API share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, Prefetch, Q, QuerySet, Sum

from courses.generation.schemas import SourcePassage
from courses.ingestion.document import Matter, PassageKind
from courses.models import Citation, Course, CourseStatus, KeyTerm, Module, Passage, Topic
from courses.support import support_kind
from jobs.models import Job

User = Any


def can_manage_all(user: User) -> bool:
    return bool(user.is_active and user.has_perm("courses.manage_all_courses"))


def editable_courses(user: User) -> QuerySet[Course]:
    """Courses a person may change: all for editors, their own for teachers."""
    if isinstance(user, AnonymousUser) or not user.has_perm("courses.change_course"):
        return Course.objects.none()
    if can_manage_all(user):
        return Course.objects.all()
    return Course.objects.filter(owner=user)


def people_who_edit(course: Course) -> QuerySet[Any]:
    """Those whose `editable_courses` hold the course."""
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
    """The course that a job makes or changes; None once it is deleted."""
    return Course.objects.filter(pk=job.parameters.get("course")).first()


def published_courses() -> QuerySet[Course]:
    """With the number of modules as `module_count` and of topics as `topic_count`."""
    return Course.objects.filter(status=CourseStatus.PUBLISHED).annotate(
        module_count=Count("modules", distinct=True),
        topic_count=Count("modules__topics", distinct=True),
    )


def course_tree(courses: QuerySet[Course]) -> QuerySet[Course]:
    """Courses with modules and topics: three queries, whatever the size."""
    return courses.prefetch_related(
        Prefetch("modules", Module.objects.order_by("position")),
        Prefetch("modules__topics", Topic.objects.order_by("position")),
    )


def review_tree(course: Course) -> QuerySet[Module]:
    """A course's modules with all that a reviewer reads: three queries, whatever the size.

    Topics carry `citation_count` and `weakest_support`, which is None without citations.
    """
    citations = Citation.objects.select_related("passage__document").order_by("position")
    topics = Topic.objects.order_by("position").annotate(
        citation_count=Count("citations"), weakest_support=Min("citations__support")
    )
    return course.modules.order_by("position").prefetch_related(
        Prefetch("topics", topics), Prefetch("topics__citations", citations)
    )


def topic_detail(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Topics with citations, their passages and documents, and key terms."""
    citations = Citation.objects.select_related("passage__document").order_by("position")
    terms = KeyTerm.objects.select_related("passage__document").order_by("term")
    return topics.select_related("module__course").prefetch_related(
        Prefetch("citations", citations), Prefetch("key_terms", terms)
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls that were answered, tokens, US dollars."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost: Decimal


def usage_of(course: Course) -> Usage:
    """What all jobs of a course used, failed and repeated work among it."""
    sums = Job.objects.filter(parameters__course=course.pk).aggregate(
        calls=Sum("calls"),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        cost=Sum("cost"),
    )
    return Usage(
        calls=sums["calls"] or 0,
        tokens_in=sums["tokens_in"] or 0,
        tokens_out=sums["tokens_out"] or 0,
        cost=sums["cost"] or Decimal(0),
    )


def weak_statements(topic: Topic) -> list[dict[str, Any]]:
    """The sentences of a topic that a reviewer should compare with their sources."""
    return [one for one in topic.statements if support_kind(one["support"]) == "weak"]


def source_passages(passages: QuerySet[Passage]) -> tuple[SourcePassage, ...]:
    """Passages in reading order, as engines take them."""
    ordered = passages.select_related("document").order_by("document__position", "position")
    return tuple(_source_passage(passage) for passage in ordered)


def in_reading_order(passages: Iterable[Passage]) -> tuple[SourcePassage, ...]:
    """Passages that are loaded with their documents, each once, as engines take them."""
    known = {passage.pk: passage for passage in passages}.values()
    ordered = sorted(known, key=lambda passage: (passage.document.position, passage.position))
    return tuple(_source_passage(passage) for passage in ordered)


def with_sources(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Topics with their key terms, sources and citations: a fixed number of queries."""
    return topics.prefetch_related("key_terms", "sources__document", "citations__passage__document")


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
        matter=Matter(passage.matter),
    )
