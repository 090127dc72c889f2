"""Makes spans of slow SQL statements, inside another span only.

A step has hundreds of statements. Spans of quick ones would explain nothing and cost time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from telemetry.traces import ended

_TABLE = re.compile(r'(?:FROM|INTO|UPDATE)\s+"?(\w+)', re.I)


def trace_statements(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    if traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(traced)


def traced(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - Django's signature
    context: dict[str, Any],
) -> Any:
    """Runs a statement, and makes a span if it was slow or failed. Parameters are never read.

    The span is made afterwards: that is cheaper than to begin one for each of hundreds.
    """
    started = time.time_ns()
    try:
        result = execute(sql, params, many, context)
    except BaseException as error:
        _tell(sql, started, type(error).__qualname__)
        raise
    if time.time_ns() - started >= settings.TRACE_SQL_MS * 1_000_000:
        _tell(sql, started)
    return result


def _tell(sql: Any, started: int, error: str = "") -> None:
    if not trace.get_current_span().get_span_context().trace_flags.sampled:
        return
    text = sql if isinstance(sql, str) else type(sql).__name__
    verb = text.split(maxsplit=1)[0].upper() if text.strip() else "SQL"
    found = _TABLE.search(text)
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": verb,
        "db.query.text": text,
    } | ({"db.collection.name": found[1]} if found else {})
    name = f"{verb} {found[1]}" if found else verb
    ended(name, started, error, kind=SpanKind.CLIENT, attributes=attributes)
