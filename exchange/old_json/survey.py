"""A first look at every file: which records it holds, told by their content, not its name.

Reading twice costs little beside the database, and lets courses come before their quizzes, and
those before their answers, however the files are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exchange.course_files.fields import FORMAT
from exchange.old_json.answered import submission_key
from exchange.old_json.course_records import CourseRecord, course_key, read_course
from exchange.old_json.documents import Broken, Found, read_values
from exchange.old_json.files import READ_ERRORS, DataSet, Entry, Ignored, Refused
from exchange.old_json.provenance import Context, first_ones
from exchange.old_json.quiz_records import quiz_key
from exchange.old_json.report import Kind, Place
from exchange.old_json.values import type_name

# A small zip can hold a hundred million zeros, each of them a value that is no record.
MOST_UNREADABLE = 1000
NO_RECORDS = (
    f"More than {MOST_UNREADABLE} values in it are not records of a course, so nothing of the file "
    "was taken in. See that it is the right file."
)


class _NoRecordsError(Exception):
    """Too many values of a file are not records; nothing of it is imported."""


def kind_of(record: Any) -> Kind | None:
    """Returns what a record is; None if it is none of the kinds we know."""
    if not isinstance(record, dict):
        return None
    if record.get("format") == FORMAT:
        return Kind.EXPORT
    if "submission" in record or ("user_id" in record and "answers" in record):
        return Kind.SUBMISSION
    if "questions" in record or "quiz_type" in record:
        return Kind.QUIZ
    if "answers" in record:
        return Kind.ANSWER_KEY
    return Kind.COURSE if "course_title" in record or "modules" in record else None


KEYS: dict[Kind, Callable[[dict[str, Any]], str]] = {
    Kind.COURSE: course_key,
    Kind.QUIZ: quiz_key,
    Kind.ANSWER_KEY: quiz_key,
    Kind.SUBMISSION: submission_key,
    Kind.EXPORT: lambda _record: "",
}


@dataclass
class Survey:
    """Files by the kinds of records in them.

    `older`: the numbers of the records that a later record of the same file replaces, by file.
    `answer_keys`: the file of the answer key of each quiz, by the quiz's id.
    """

    files: dict[Kind, list[Entry]] = field(default_factory=dict)
    older: dict[str, set[int]] = field(default_factory=dict)
    answer_keys: dict[str, Entry] = field(default_factory=dict)
    read: int = 0


def survey(context: Context, data: DataSet) -> Survey:
    found = Survey()
    for entry in data.entries():
        if isinstance(entry, Refused):
            context.report.refuse_file(entry.name, entry.reason)
        elif isinstance(entry, Ignored):
            context.report.files["ignored"] += 1
        else:
            _look(context, entry, found)
    return found


def _look(context: Context, entry: Entry, found: Survey) -> None:
    last: dict[tuple[Kind, str], int] = {}
    try:
        for numbered in _records(context, entry):
            _note(context, entry, numbered, last, found)
    except _NoRecordsError:
        context.report.refuse_file(entry.name, NO_RECORDS)
        found.older.pop(entry.name, None)
        return
    except READ_ERRORS as error:
        context.report.refuse_file(entry.name, f"The file cannot be read: {error}")
    else:
        context.report.files["read"] += 1
    _remember(entry, last, found)
    found.read += 1
    if found.read % 100 == 0:
        context.advance(0)


def _remember(entry: Entry, last: dict[tuple[Kind, str], int], found: Survey) -> None:
    for kind, key in last:
        entries = found.files.setdefault(kind, [])
        if entries[-1:] != [entry]:
            entries.append(entry)
        if kind is Kind.ANSWER_KEY:
            found.answer_keys.setdefault(key, entry)


def _note(
    context: Context,
    entry: Entry,
    numbered: tuple[int, Any],
    last: dict[tuple[Kind, str], int],
    found: Survey,
) -> None:
    """Notes a record's kind; of several with one key in a file the last counts."""
    number, record = numbered
    kind = kind_of(record)
    if kind is None:
        _refuse_unknown(context, entry, number, record)
        return
    context.total += kind is not Kind.ANSWER_KEY
    key = KEYS[kind](record)
    if key and (kind, key) in last:
        found.older.setdefault(entry.name, set()).add(last[kind, key])
    last[kind, key] = number


def _records(context: Context, entry: Entry) -> Iterator[tuple[int, Any]]:
    before = context.report.read(Kind.UNREADABLE)
    with entry.open() as file:
        for one in read_values(file):
            if context.report.read(Kind.UNREADABLE) - before > MOST_UNREADABLE:
                raise _NoRecordsError
            if isinstance(one, Found):
                if one.repaired:
                    place = Place(entry.name, f"record {one.number}")
                    context.report.note(
                        "record", place, "Characters that cannot be stored were replaced."
                    )
                yield one.number, one.value
            elif isinstance(one, Broken):
                context.report.refuse(Kind.UNREADABLE, Place(entry.name, one.place), one.reason)
            else:
                context.report.note("file", Place(entry.name), one.reason)


def _refuse_unknown(context: Context, entry: Entry, number: int, record: Any) -> None:
    if isinstance(record, dict):
        names = ", ".join(str(name)[:40] for name in list(record)[:5])
        found = f"an object with {names}" if names else "an empty object"
    else:
        found = type_name(record)
    reason = f"This is {found}: no course, quiz, answer key, submission or export."
    context.report.refuse(Kind.UNREADABLE, Place(entry.name, f"record {number}"), reason)


def records(found: Survey, kind: Kind, context: Context) -> Iterator[tuple[Entry, Place, Any]]:
    """Yields the records of a kind, file by file."""
    for entry in found.files.get(kind, []):
        yield from records_of(found, entry, kind, context)


def records_of(
    found: Survey, entry: Entry, kind: Kind, context: Context
) -> Iterator[tuple[Entry, Place, Any]]:
    older = found.older.get(entry.name, set())
    try:
        with entry.open() as file:
            for one in read_values(file):
                if not isinstance(one, Found) or kind_of(one.value) is not kind:
                    continue
                place = Place(entry.name, f"record {one.number}")
                if one.number in older:
                    context.report.skip(kind, place, "It is in the file again, further down.")
                else:
                    yield entry, place, one.value
    except READ_ERRORS:
        # The survey reported it; what was read until there stands.
        return


def course_records(context: Context, found: Survey) -> Iterator[CourseRecord]:
    read = (
        read_course(value, place, context.report)
        for _entry, place, value in records(found, Kind.COURSE, context)
    )
    return first_ones(context, Kind.COURSE, read)
