"""Imports courses that another ProfAI exported, as drafts.

The file itself is the key: the same content again changes nothing, any other content is
another course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from courses.models import Course
from exchange.course_files.course import export_course
from exchange.course_files.schema import problem_of
from exchange.models import ImportedKind
from exchange.old_json.coherence import incoherence_of
from exchange.old_json.courses import DELETED
from exchange.old_json.provenance import Context, batches, existing, first_ones, write_batches
from exchange.old_json.rebuilt import make_course
from exchange.old_json.report import Kind, Outcome, Place
from exchange.old_json.survey import Survey, records
from exchange.old_json.values import digest

BATCH = 5


@dataclass(frozen=True, slots=True)
class ExportRecord:
    key: str
    data: dict[str, Any]
    place: Place
    content_hash: str


def import_exports(context: Context, found: Survey) -> None:
    fresh = export_records(context, found)
    write_batches(context, Kind.EXPORT, fresh, BATCH, lambda batch: _write(context, batch))


def export_records(context: Context, found: Survey) -> Iterator[ExportRecord]:
    return first_ones(context, Kind.EXPORT, _records(context, found))


def _records(context: Context, found: Survey) -> Iterator[ExportRecord]:
    for _entry, place, value in records(found, Kind.EXPORT, context):
        problem = problem_of(value) or incoherence_of(value)
        if problem is not None:
            context.report.refuse(Kind.EXPORT, place.at(problem[0]), problem[1])
        else:
            content = digest(value)
            yield ExportRecord(content, value, place, content)


def _write(context: Context, batch: Sequence[ExportRecord]) -> None:
    rows = context.imported(ImportedKind.EXPORT, [record.key for record in batch])
    there = existing(Course, rows.values())
    for record in batch:
        row = rows.get(record.key)
        if row is None:
            course = make_course(record.data, context.owner)
            context.row(ImportedKind.EXPORT, record, course.pk, {}).save()
            context.report.count(Kind.EXPORT, Outcome.CREATED)
        elif row.row in there:
            context.report.count(Kind.EXPORT, Outcome.UNCHANGED)
        else:
            context.report.skip(Kind.EXPORT, record.place, DELETED)


def verify_exports(context: Context, found: Survey) -> None:
    for batch in batches(export_records(context, found), BATCH):
        rows = context.imported(ImportedKind.EXPORT, [record.key for record in batch])
        courses = Course.objects.in_bulk([int(row.row) for row in rows.values()])
        for record in batch:
            row = rows.get(record.key)
            course = courses.get(int(row.row)) if row else None
            if course is None:
                context.report.differ(Kind.EXPORT, record.place, "It is not here.")
            elif digest(export_course(course)) != record.content_hash:
                context.report.differ(Kind.EXPORT, record.place, "It was edited here.")
            else:
                context.report.count(Kind.EXPORT, Outcome.UNCHANGED)
        context.advance(len(batch))
