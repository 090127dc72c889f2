"""Tables for spreadsheets, as CSV files that run nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from django.http import HttpResponse

from common.files import made_file

# A spreadsheet takes a cell that begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """Returns a text that could be a formula with an apostrophe before it; numbers as they are."""
    text = isinstance(value, str) and value.lstrip(" \u00a0\ufeff").startswith(_FORMULA)
    return f"'{value}" if text else value


def csv_file(rows: Iterable[Sequence[Any]], *, name: str) -> HttpResponse:
    """Returns a download. The mark at its beginning tells Excel that it is UTF-8."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    content = f"\ufeff{text.getvalue()}".encode("utf-8", "replace")
    return made_file(content, name=name, content_type="text/csv; charset=utf-8")
