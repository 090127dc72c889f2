"""Which requests, tasks and statements begin a trace."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import DEFAULT_ON as ALL
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)
from pytest_django.fixtures import Settings

from telemetry.exporting import Connected, Tracing, chosen

TRACES = range(0, 2**64, 2**54)  # a thousand numbers, evenly spread


def within(parent: Any) -> Context:
    return set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context()


def share(sampler: Connected, name: str, kind: SpanKind, parent: Any = None) -> float:
    context = within(parent)
    found = [sampler.should_sample(context, number, name, kind) for number in TRACES]
    return sum(one.decision is Decision.RECORD_AND_SAMPLE for one in found) / len(TRACES)


def parent(flags: int) -> SpanContext:
    return SpanContext(7, 8, is_remote=True, trace_flags=TraceFlags(flags))


def chosen_of(method: str, reads: float, given: Any = None) -> float:
    return sum(chosen(method, within(given), reads) for _ in range(2000)) / 2000


def test_a_share_of_requests_that_read_is_traced_and_all_others() -> None:
    random.seed(1)
    for method in ("GET", "HEAD"):
        assert chosen_of(method, 0.05) == pytest.approx(0.05, abs=0.02)
        assert chosen_of(method, 0) == 0
        assert chosen_of(method, 1) == 1
    for method in ("POST", "PATCH", "DELETE"):
        assert chosen_of(method, 0) == 1
    sampler = Connected(ALL)
    assert share(sampler, "GET", SpanKind.SERVER) == 1
    assert share(sampler, "task jobs.sweep", SpanKind.CONSUMER) == 1


def test_who_sends_a_trace_decides() -> None:
    assert chosen_of("GET", 0, parent(1)) == 1
    assert chosen_of("GET", 0, parent(0)) == 1
    sampler = Connected(ALL)
    assert share(sampler, "GET", SpanKind.SERVER, parent(1)) == 1
    assert share(sampler, "GET", SpanKind.SERVER, parent(0)) == 0
    assert share(sampler, "SELECT", SpanKind.CLIENT, parent(1)) == 1


def test_statements_outside_of_all_begin_none() -> None:
    assert share(Connected(ALL), "SELECT", SpanKind.CLIENT) == 0


def test_the_sampler_of_the_environment_holds_too() -> None:
    sampler = Connected(ParentBased(TraceIdRatioBased(0.5)))
    assert share(sampler, "GET", SpanKind.SERVER) == pytest.approx(0.5, abs=0.01)
    assert share(sampler, "POST", SpanKind.SERVER) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("reads", [-0.1, 1.5])
def test_a_share_of_nonsense_is_an_error(settings: Settings, reads: float) -> None:
    settings.TRACE_READS = reads
    with pytest.raises(ImproperlyConfigured, match="between 0 and 1"):
        Tracing("profai-web")
