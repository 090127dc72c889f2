"""Courses that an installation like this one exported are made again, whole, as drafts.

The file itself is the key: the same content again changes nothing, any other content is
another course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from courses.imports.courses import DELETED, existing
from courses.imports.provenance import Context, batches, first_ones, write_batches
from courses.imports.report import Kind, Outcome, Place
from courses.imports.values import digest
from courses.models import Course, ImportedKind
from quizzes.exports.course import export_course
from quizzes.exports.schema import problem_of
from quizzes.imports.rebuilt import make_course
from quizzes.imports.survey import Survey, records

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
        problem = problem_of(value) or _dangling(value)
        if problem is not None:
            context.report.refuse(Kind.EXPORT, place.at(problem[0]), problem[1])
        else:
            content = digest(value)
            yield ExportRecord(content, value, place, content)


def _dangling(data: dict[str, Any]) -> tuple[str, str] | None:
    """A passage or a topic that is named, but not there."""
    passages = sum(len(document["passages"]) for document in data["documents"])
    topics = [one for module in data["modules"] for one in module["topics"]]
    places = {
        (module["week"], one["position"]) for module in data["modules"] for one in module["topics"]
    }
    questions = [one for quiz in _quizzes(data) for one in quiz["questions"]]
    named = chain(
        (number for one in topics for number in one["sources"]),
        (part["passage"] for one in topics for part in one["citations"] + one["key_terms"]),
        (one["passage"] for one in questions if one["passage"] is not None),
    )
    for number in named:
        if number >= passages:
            return "documents", f"Passage {number} is named, but there are only {passages}."
    for one in questions:
        if one["topic"] is not None and tuple(one["topic"]) not in places:
            return "modules", f"Topic {one['topic']} is named, but it is not there."
    return None


def _quizzes(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for quiz in [*(module["quiz"] for module in data["modules"]), data["final_quiz"]]:
        if quiz is not None:
            yield quiz


def _write(context: Context, batch: Sequence[ExportRecord]) -> None:
    rows = context.imported(ImportedKind.EXPORT, [record.key for record in batch])
    there = existing(rows.values())
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
