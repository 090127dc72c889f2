"""Finds single rows by SQL that is written once, for addresses that programs ask all the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class SingleRow(Generic[M]):
    """A query for the row in which the fields `by` have given values.

    Django writes the SQL of each query anew, which takes longer than all the rest of the query.
    With `related`, the name of a foreign key that is never null, its row is read in the same query.
    """

    def __init__(self, model: type[M], *, by: Sequence[str], related: str = "") -> None:
        self._own, self._related, self._other = _Columns(model), related, None
        table, columns = self._own.table, self._own.names
        tables = table
        if related:
            key: Any = model._meta.get_field(related)
            self._other = _Columns(key.related_model)
            target = f"{self._other.table}.{_quoted(key.target_field.column)}"
            tables += f" JOIN {self._other.table} ON {table}.{_quoted(key.column)} = {target}"
            columns = columns + self._other.names
        fields: list[Any] = [model._meta.get_field(name) for name in by]
        given = " AND ".join(f"{table}.{_quoted(field.column)} = %s" for field in fields)
        self._sql = f"SELECT {', '.join(columns)} FROM {tables} WHERE {given}"  # noqa: S608 - names of fields

    def find(self, *values: Any) -> M | None:
        """Returns the row with these values, which are in the order of `by`; None without one."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            row = cursor.fetchone()
        if row is None:
            return None
        found: M = self._own.read(row)
        if self._other is not None:
            setattr(found, self._related, self._other.read(row[len(self._own.names) :]))
        return found


class _Columns:
    """The columns of a model, as SQL names them, and how a row that begins with them is read."""

    def __init__(self, model: type[Model]) -> None:
        fields: Any = model._meta.concrete_fields
        self.table = _quoted(model._meta.db_table)
        self.names = [f"{self.table}.{_quoted(field.column)}" for field in fields]
        self._model = model
        self._attributes = [field.attname for field in fields]
        self._converters = [
            (place, field.cached_col, convert)
            for place, field in enumerate(fields)
            for convert in field.get_db_converters(connection)
        ]

    def read(self, row: Sequence[Any]) -> Any:
        values = list(row[: len(self.names)])
        for place, column, convert in self._converters:
            values[place] = convert(values[place], column, connection)
        return self._model.from_db(DEFAULT_DB_ALIAS, self._attributes, values)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
