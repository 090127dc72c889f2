"""What holds for every import: it ends with a report, and a second run changes nothing."""

from __future__ import annotations

from django.db import transaction

from exchange.old_json.files import DataSet, DataSetError, opened
from exchange.old_json.report import Outcome
from exchange.old_json.service import Options, run_import, run_verify
from fuzz.scratch import Scratch

MAX_BYTES = 4 * 1024 * 1024
OUR_FAULT = "The database refused it"


def check_import(scratch: Scratch) -> None:
    """Import, compare and import again what lies in the folder; then forget it all."""
    try:
        with opened(scratch.path, MAX_BYTES) as data, transaction.atomic():
            _twice(data)
            transaction.set_rollback(True)
    except DataSetError as error:
        assert str(error)


def _twice(data: DataSet) -> None:
    first = run_import(data, Options())
    complaints = [str(line) for line in first.lines() if OUR_FAULT in line.reason]
    assert not complaints, complaints
    run_verify(data, Options())
    again = run_import(data, Options())
    written = sum(row[Outcome.CREATED] + row[Outcome.UPDATED] for row in again.counts.values())
    assert not written, [str(line) for line in again.lines()]
