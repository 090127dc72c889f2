"""Writes courses of old files as courses, modules and topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from common.transactions import lock
from courses.models import Course, CourseStatus, Module, Topic, TopicStatus, unique_slug
from engine.reading.detect import detect_language
from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.course_records import CourseRecord, ModuleRecord, TopicRecord
from exchange.old_json.provenance import (
    ENGINE,
    Context,
    Decision,
    decide,
    existing,
    report_decision,
    report_missing,
    write_batches,
)
from exchange.old_json.report import Kind, Outcome
from exchange.old_json.values import digest

BATCH = 50
ROWS = 500  # rows of one INSERT
SELF = ""  # the course among its parts
SAMPLE = 600  # characters of a topic that tell its language
DELETED = "It was deleted here; it stays deleted."


def import_courses(context: Context, records: Iterable[CourseRecord]) -> None:
    write_batches(context, Kind.COURSE, records, BATCH, lambda batch: _write(context, batch))


def _write(context: Context, batch: Sequence[CourseRecord]) -> None:
    rows = context.imported(ImportedKind.COURSE, [record.key for record in batch])
    changed = [
        int(rows[record.key].row)
        for record in batch
        if record.key in rows and rows[record.key].content_hash != record.content_hash
    ]
    there = existing(Course, rows.values())
    # Lock all courses first: modules and topics are locked after their courses.
    locked = {str(course.pk): course for course in lock(Course.objects.filter(pk__in=changed))}
    _create(context, [record for record in batch if record.key not in rows])
    for record in batch:
        row = rows.get(record.key)
        if row is None:
            continue
        if row.row in locked:
            _Update(context, row, record, locked[row.row]).run()
        elif row.row in there and row.content_hash == record.content_hash:
            context.report.count(Kind.COURSE, Outcome.UNCHANGED)
            _count(context, record, Outcome.UNCHANGED)
        else:
            context.report.skip(Kind.COURSE, record.place, DELETED)
            _count(context, record, Outcome.SKIPPED)


def _count(context: Context, record: CourseRecord, outcome: Outcome) -> None:
    context.report.count(Kind.MODULE, outcome, len(record.modules))
    context.report.count(Kind.TOPIC, outcome, record.topic_count)


def _create(context: Context, records: Sequence[CourseRecord]) -> None:
    slugs = free_slugs([record.title for record in records])
    courses = Course.objects.bulk_create(
        [_course(context, record, slug) for record, slug in zip(records, slugs, strict=True)]
    )
    pairs = list(zip(records, courses, strict=True))
    modules = Module.objects.bulk_create(
        [_module(course, one) for record, course in pairs for one in record.modules], ROWS
    )
    by_place = {(module.course_id, module.position): module for module in modules}
    topics = Topic.objects.bulk_create(
        [
            _topic(by_place[course.pk, module.position], one)
            for record, course in pairs
            for module in record.modules
            for one in module.topics
        ],
        ROWS,
    )
    made = iter(topics)
    ImportedRow.objects.bulk_create(
        context.row(ImportedKind.COURSE, record, course.pk, _parts(record, course, by_place, made))
        for record, course in pairs
    )
    for record in records:
        context.report.count(Kind.COURSE, Outcome.CREATED)
        _count(context, record, Outcome.CREATED)


def _parts(
    record: CourseRecord, course: Course, modules: dict[tuple[int, int], Module], made: Any
) -> dict[str, Any]:
    parts: dict[str, Any] = {SELF: [course.pk, course_hash(record.title)]}
    for one in record.modules:
        module = modules[course.pk, one.position]
        parts[one.key] = [module.pk, module_hash(one.title)]
        for topic in one.topics:
            parts[topic.key] = [next(made).pk, wanted_topic(topic)]
    return parts


def _course(context: Context, record: CourseRecord, slug: str) -> Course:
    texts = [topic.content[:SAMPLE] for module in record.modules for topic in module.topics[:2]]
    return Course(
        title=record.title,
        slug=slug,
        status=CourseStatus.DRAFT,
        language=detect_language([record.title, *texts[:4]]),
        engine=ENGINE,
        owner=context.owner,
        # Its questions were asked where it comes from.
        asks_drafts=True,
        notes=[f"Brought over from {record.place.file}."],
    )


def _module(course: Course, record: ModuleRecord) -> Module:
    return Module(course=course, position=record.position, title=record.title)


def _topic(module: Module, record: TopicRecord) -> Topic:
    return Topic(
        module=module,
        position=record.position,
        title=record.title,
        content=record.content,
        status=_status(record),
        engine=ENGINE,
    )


def _status(record: TopicRecord) -> TopicStatus:
    return TopicStatus.WRITTEN if record.content else TopicStatus.PENDING


def free_slugs(titles: Sequence[str]) -> list[str]:
    """Returns free slugs for new courses: one query, and one more for each that is taken."""
    bases = [slugify(title)[:70].strip("-") or "course" for title in titles]
    taken = set(Course.objects.filter(slug__in=bases).values_list("slug", flat=True))
    slugs = []
    for base in bases:
        slug, number = base, 2
        if base in taken:
            slug = unique_slug(base)
        while slug in taken:
            slug, number = f"{base}-{number}", number + 1
        taken.add(slug)
        slugs.append(slug)
    return slugs


# The columns that come from the file and that people may edit.


def course_hash(title: str) -> str:
    return digest(title)


def module_hash(title: str) -> str:
    return digest(title)


def wanted_topic(record: TopicRecord) -> str:
    return digest(record.title, record.content, _status(record))


def topic_hash(topic: Topic) -> str:
    return digest(topic.title, topic.content, topic.status)


@dataclass
class _Update:
    """Updates one course whose record in the file has changed."""

    context: Context
    row: ImportedRow
    record: CourseRecord
    course: Course

    def run(self) -> None:
        course = self.course
        self._modules = {module.pk: module for module in lock(course.modules.all())}
        topics = lock(Topic.objects.filter(module__course=course))
        self._topics = {topic.pk: topic for topic in topics}
        wanted = course_hash(self.record.title)
        if self._decide(Kind.COURSE, SELF, "", wanted, course_hash(course.title)):
            course.title = self.record.title
            course.save(update_fields=["title", "updated_at"])
        for module in self.record.modules:
            self._module(course, module)
        keys = {SELF} | {module.key for module in self.record.modules}
        keys |= {topic.key for module in self.record.modules for topic in module.topics}
        report_missing(self.context.report, Kind.COURSE, self.record.place, self.row.parts, keys)
        self.row.content_hash = self.record.content_hash
        self.row.file = self.record.place.file
        self.row.save()

    def _decide(
        self, kind: Kind, key: str, part: str, wanted: str, actual: str | None
    ) -> Decision | None:
        """Returns CREATE or UPDATE; None if there is nothing to write."""
        decision = decide(self.row.parts.get(key), wanted, actual)
        place = self.record.place.at(part) if part else self.record.place
        report_decision(self.context.report, kind, place, decision)
        if decision is Decision.UPDATE:
            self.row.parts[key][1] = wanted
        return decision if decision in (Decision.CREATE, Decision.UPDATE) else None

    def _known(self, rows: dict[int, Any], key: str) -> Any:
        part = self.row.parts.get(key)
        return rows.get(part[0]) if part else None

    def _module(self, course: Course, record: ModuleRecord) -> None:
        module = self._known(self._modules, record.key)
        wanted = module_hash(record.title)
        actual = module_hash(module.title) if module else None
        decision = self._decide(Kind.MODULE, record.key, f"week {record.position}", wanted, actual)
        if decision is Decision.CREATE:
            module = _module(course, record)
            module.save()
            self.row.parts[record.key] = [module.pk, wanted]
        elif decision is Decision.UPDATE:
            module.title = record.title
            module.save(update_fields=["title"])
        if module is None:
            self.context.report.count(Kind.TOPIC, Outcome.SKIPPED, len(record.topics))
            return
        for topic in record.topics:
            self._topic(module, topic)

    def _topic(self, module: Module, record: TopicRecord) -> None:
        topic = self._known(self._topics, record.key)
        wanted = wanted_topic(record)
        actual = topic_hash(topic) if topic else None
        part = f"week {module.position}, topic {record.position}"
        decision = self._decide(Kind.TOPIC, record.key, part, wanted, actual)
        if decision is Decision.CREATE:
            topic = _topic(module, record)
            topic.save()
            self.row.parts[record.key] = [topic.pk, wanted]
        elif decision is Decision.UPDATE:
            topic.title, topic.content = record.title, record.content
            topic.status, topic.statements, topic.flags = _status(record), [], []
            topic.save()
