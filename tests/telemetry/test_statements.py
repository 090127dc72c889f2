"""Which statements get a span of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.db import ProgrammingError, connection
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span
from pytest_django.fixtures import Settings

from telemetry.sql_spans import traced
from tests.waiting import LONG

pytestmark = pytest.mark.django_db

SAMPLED = NonRecordingSpan(SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1)))


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What became of statements inside of a span that is sent."""
    found: list[dict[str, Any]] = []

    def keep(name: str, started: int, error: str, **more: Any) -> None:
        took = (time.time_ns() - started) / 1e9
        found.append({"name": name, "took": took, "error": error} | more["attributes"])

    with (
        patch("telemetry.sql_spans.ended", keep),
        use_span(SAMPLED),
        connection.execute_wrapper(traced),
    ):
        yield found


def run(sql: str, *params: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)


def test_quick_ones_have_none_and_slow_ones_their_time(
    told: list[dict[str, Any]], settings: Settings
) -> None:
    settings.TRACE_SQL_MS = 1000 * LONG
    run("SELECT 1")
    assert told == []
    settings.TRACE_SQL_MS = 40
    run("SELECT pg_sleep(%s)", 0.05)
    [slow] = told
    assert slow["took"] >= 0.05
    assert slow["db.query.text"] == "SELECT pg_sleep(%s)"


def test_all_have_one_where_that_is_wanted(told: list[dict[str, Any]], settings: Settings) -> None:
    settings.TRACE_SQL_MS = 0
    run("SELECT count(*) FROM jobs_job")
    assert [one["name"] for one in told] == ["SELECT jobs_job"]


def test_one_that_fails_has_one_however_quick(
    told: list[dict[str, Any]], settings: Settings
) -> None:
    settings.TRACE_SQL_MS = 10_000
    with pytest.raises(ProgrammingError):
        run("SELECT nothing FROM nowhere")
    assert [(one["name"], one["error"]) for one in told] == [("SELECT nowhere", "ProgrammingError")]


def test_outside_of_a_span_that_is_sent_nothing_is_told(settings: Settings) -> None:
    settings.TRACE_SQL_MS = 0
    with (
        patch("telemetry.sql_spans.ended", side_effect=AssertionError),
        connection.execute_wrapper(traced),
    ):
        run("SELECT 1")
