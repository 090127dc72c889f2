"""Runs an import: courses, then their quizzes, then submissions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from exchange.old_json.courses import import_courses
from exchange.old_json.exported import import_exports, verify_exports
from exchange.old_json.files import DataSet
from exchange.old_json.provenance import Context, lock_nothing, no_progress
from exchange.old_json.quizzes import QuizImport
from exchange.old_json.report import Report
from exchange.old_json.submissions import SubmissionImport
from exchange.old_json.survey import course_records, survey
from exchange.old_json.verify import verify

LOCK = 0x50726F66  # the number of the advisory lock of imports
# Seconds. The database takes a moment to see that an import was killed.
LOCK_PATIENCE = 5.0


class ImportBusyError(Exception):
    """Another import is running."""


@dataclass(frozen=True, slots=True)
class Options:
    """`source` names the old installation: two of them may both have a course 1."""

    source: str = ""
    owner: Any = None
    dry_run: bool = False
    on_progress: Callable[[int, int], None] = no_progress
    lock_rows: Callable[[], None] = lock_nothing


def run_import(data: DataSet, options: Options) -> Report:
    """Imports a data set. A dry run does the same and rolls it back.

    Raises ImportBusyError while another import runs.
    """
    context = _context(options)
    with _only_one():
        if options.dry_run:
            with transaction.atomic():
                _take_in(context, data)
                transaction.set_rollback(True)
        else:
            _take_in(context, data)
    return context.report


def run_verify(data: DataSet, options: Options) -> Report:
    """Compares a data set with the database; writes nothing."""
    context = _context(options)
    found = survey(context, data)
    verify_exports(context, found)
    verify(context, found)
    return context.report


def _context(options: Options) -> Context:
    return Context(
        Report(),
        source=options.source,
        owner=options.owner,
        on_progress=options.on_progress,
        lock_rows=options.lock_rows,
    )


def _take_in(context: Context, data: DataSet) -> None:
    found = survey(context, data)
    import_exports(context, found)
    import_courses(context, course_records(context, found))
    QuizImport(context, found).run()
    SubmissionImport(context, found).run()


@contextmanager
def _only_one() -> Iterator[None]:
    """Holds a lock of the database, which it also releases if the process dies."""
    until = time.monotonic() + LOCK_PATIENCE
    while not _take_lock():
        if time.monotonic() > until:
            raise ImportBusyError(
                "Another import is running. Wait until it has ended, then try again."
            )
        time.sleep(0.1)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        taken: bool = cursor.fetchone()[0]
    return taken
