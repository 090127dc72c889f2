"""Remembers where rows were imported from, and finds rows that were edited since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError, connection, transaction
from django.db.models import Model, QuerySet

from exchange.models import ImportedKind, ImportedRow
from exchange.old_json.report import Kind, Level, Outcome, Place, Report
from jobs.db_retry import DB_UNAVAILABLE

T = TypeVar("T")

ENGINE = "imported"


def lock_nothing() -> None:
    """Does nothing: for imports that are not run by a job."""


def no_progress(_done: int, _total: int) -> None:
    """Does nothing: for imports whose progress is not shown."""


@dataclass
class Context:
    """The state of one run of an import.

    `on_progress` is called between two transactions with the number of records that are done and
    the number of all records; it may raise an error to stop the import. `lock_rows` is called
    inside each transaction; it raises an error if another worker has the step.
    """

    report: Report
    source: str = ""
    owner: Any = None
    on_progress: Callable[[int, int], None] = no_progress
    lock_rows: Callable[[], None] = lock_nothing
    done: int = 0
    total: int = 0
    seen: dict[tuple[Kind, str], tuple[str, str]] = field(default_factory=dict)

    def advance(self, records: int) -> None:
        self.done += records
        self.on_progress(min(self.done, self.total), self.total)

    def imported(self, kind: ImportedKind, keys: Iterable[str]) -> dict[str, ImportedRow]:
        rows = ImportedRow.objects.filter(source=self.source, kind=kind, key__in=list(keys))
        return {row.key: row for row in rows}

    def row(
        self, kind: ImportedKind, record: Record, pk: object, parts: dict[str, Any]
    ) -> ImportedRow:
        return ImportedRow(
            source=self.source,
            kind=kind,
            key=record.key,
            file=record.place.file,
            place=record.place.inside[:200],
            content_hash=record.content_hash,
            row=str(pk),
            parts=parts,
        )

    def is_repeated(self, kind: Kind, record: Record) -> bool:
        """Whether the run had this key before; reports that the first one counts."""
        mine = (record.content_hash, record.place.file)
        first = self.seen.setdefault((kind, record.key), mine)
        if first is mine:
            return False
        content_hash, file = first
        if content_hash == record.content_hash:
            self.report.skip(kind, record.place, f"The same {kind} is in {file} too.")
        else:
            reason = f"Another {kind} with this id is in {file}; that one was taken."
            self.report.refuse(kind, record.place, reason)
        return True


class Record(Protocol):
    """A record of a file that becomes one ImportedRow."""

    @property
    def key(self) -> str: ...
    @property
    def place(self) -> Place: ...
    @property
    def content_hash(self) -> str: ...


R = TypeVar("R", bound=Record)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def existing(model: type[Model], rows: Iterable[ImportedRow]) -> set[str]:
    """Returns the primary keys, as text, of the imported rows that are still there."""
    found: QuerySet[Any] = model._default_manager.filter(pk__in=[int(row.row) for row in rows])
    return {str(pk) for pk in found.values_list("pk", flat=True)}


def first_ones(context: Context, kind: Kind, records: Iterable[R | None]) -> Iterator[R]:
    """Returns the records that could be read and whose key the run did not have before."""
    return (one for one in records if one is not None and not context.is_repeated(kind, one))


def write_batches(
    context: Context, kind: Kind, records: Iterable[R], size: int, write: Callable[[list[R]], None]
) -> None:
    """Writes records in transactions of `size` records. If the database refuses one of them, the
    others are still written.
    """
    for batch in batches(records, size):
        _write(context, kind, batch, write)
        context.advance(len(batch))


def _write(context: Context, kind: Kind, batch: list[R], write: Callable[[list[R]], None]) -> None:
    mark = context.report.mark()
    try:
        with transaction.atomic():
            write(batch)
            context.lock_rows()
            # Checked here and not only at the commit, because a dry run does not commit.
            connection.check_constraints()
    except DB_UNAVAILABLE:
        raise
    except DatabaseError as error:
        context.report.back_to(mark)
        if len(batch) == 1:
            words = str(error).partition("\n")[0]
            context.report.refuse(kind, batch[0].place, f"The database refused it: {words}")
            return
        for record in batch:
            _write(context, kind, [record], write)


class Decision(Enum):
    CREATE = auto()
    UPDATE = auto()
    UNCHANGED = auto()
    EDITED = auto()
    GONE = auto()


def decide(part: list[Any] | None, wanted: str, actual: str | None) -> Decision:
    """Returns what to do with a row: `wanted` is the hash of what the file says, `actual` that of
    the row.

    `part[1]` is the hash of the row as the last import wrote it. If the row has another hash now,
    somebody edited it here.
    """
    if part is None:
        return Decision.CREATE
    if wanted in (part[1], actual):
        return Decision.UNCHANGED
    if actual is None:
        return Decision.GONE
    return Decision.UPDATE if actual == part[1] else Decision.EDITED


def report_decision(report: Report, kind: Kind, place: Place, decision: Decision) -> None:
    if decision is Decision.EDITED:
        report.skip(kind, place, "It was edited here and in the file; what is here was kept.")
    elif decision is Decision.GONE:
        report.skip(kind, place, "It was deleted here; it stays deleted.")
    else:
        outcomes = {
            Decision.CREATE: Outcome.CREATED,
            Decision.UPDATE: Outcome.UPDATED,
            Decision.UNCHANGED: Outcome.UNCHANGED,
        }
        report.count(kind, outcomes[decision])


def report_missing(
    report: Report, kind: str, place: Place, parts: dict[str, Any], wanted: set[str]
) -> None:
    """Reports parts that the file no longer has. They are kept, because the file may be damaged."""
    for key in sorted(parts.keys() - wanted):
        report.line(Level.NOTE, kind, place, f"{key} is no longer in the file; it was kept here.")
