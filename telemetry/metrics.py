"""Defines all metrics; docs/operations.md says what each means.

Labels have few values, all known beforehand: never an id, a name of a person or a text.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# The library asks which class holds a number when a metric is made, so this comes first.
from telemetry import multiprocess as multiprocess  # noqa: PLC0414 - imported for what it sets up

logger = logging.getLogger(__name__)

P = ParamSpec("P")

REGISTRY = CollectorRegistry()

PAGES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CALLS = (0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
STORES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAITS = (0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600)
STEPS = (0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600)
JOBS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400)


def _counter(name: str, words: str, *labels: str) -> Counter:
    return Counter(f"profai_{name}", words, labels, registry=REGISTRY)


def _gauge(name: str, words: str, *labels: str) -> Gauge:
    """Makes a gauge whose value is summed over the living processes."""
    return Gauge(f"profai_{name}", words, labels, registry=REGISTRY, multiprocess_mode="livesum")


def _histogram(name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"profai_{name}_seconds", words, labels, buckets=buckets, registry=REGISTRY)


REQUESTS = _counter("http_requests", "Requests answered", "method", "route", "status")
REQUEST = _histogram("http_request_duration", "Until the answer starts", PAGES, "method", "route")
REQUESTS_OPEN = _gauge("http_requests_in_progress", "Requests under way")
STREAMS = _counter("http_streams", "Event streams opened", "route")
STREAMS_OPEN = _gauge("http_streams_open", "Event streams under way")
UPLOADS = _counter("uploads", "Files taken in")
UPLOAD_BYTES = _counter("upload_bytes", "Bytes of the files taken in")
UPLOAD_REFUSALS = _counter("upload_refusals", "Uploads and documents refused", "reason")

STEP = _histogram("step_duration", "A try of a step", STEPS, "kind", "stage", "outcome")
STEP_WAIT = _histogram("step_queue", "From due to taken", WAITS, "kind", "stage")
STEP_RETRIES = _counter("step_retries", "Tries that will be made again", "kind", "stage")
STEP_HAND_BACKS = _counter("step_hand_backs", "Steps handed back unfinished", "kind", "stage")
STEP_LOSSES = _counter("step_losses", "Steps whose worker died over them", "kind", "stage")
STEP_MESSAGES_LOST = _counter("step_messages_lost", "Messages of the queue sent again")
JOB = _histogram("job_duration", "From the start of a job to its end", JOBS, "kind", "status")
WORKERS_WANTED = _gauge("workers_wanted", "Workers that the clusters keep running")
WORKER_ENDS = _counter("worker_ends", "Worker processes that ended", "reason")

LLM_CALLS = _counter("llm_calls", "Requests to models", "provider", "model", "outcome")
LLM_CALL = _histogram("llm_call_duration", "One request to a model", CALLS, "provider", "model")
LLM_WRONG = _counter("llm_wrong_answers", "Answers of no use", "provider", "model")
LLM_TOKENS = _counter("llm_tokens", "Tokens used", "provider", "model", "direction")
LLM_COST = _counter("llm_cost_dollars", "US dollars by LLM_PRICES", "provider", "model")
LLM_WAIT = _histogram("llm_gate_wait", "Waiting for a free slot and the pace", WAITS, "provider")
EMBEDDED = _counter("embedded_texts", "Texts embedded", "model")
EMBEDDING = _histogram("embedding_duration", "One call", CALLS, "model", "outcome")

PDF_PAGES = _counter("pdf_pages", "Pages read", "way")
PDF_SECONDS = _counter("pdf_seconds", "Time spent on reading pages", "way")
PDF_FAILED = _counter("pdf_failed_pages", "Pages left out: unreadable, or over a limit")
CHROMA = _histogram("chroma_duration", "One operation", STORES, "operation")
CHROMA_ERRORS = _counter("chroma_errors", "Operations that failed", "operation", "reason")
WEBHOOK = _histogram("webhook_duration", "One try to deliver", STORES, "outcome")


def harmless(count: Callable[P, None]) -> Callable[P, None]:
    """Logs errors of `count`, so that an error in a metric never stops the work it counts."""

    @wraps(count)
    def careful(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except Exception:
            logger.exception("A metric could not be counted")

    return careful


@harmless
def count(metric: Counter | Gauge, amount: float = 1, /, **labels: str) -> None:
    _series(metric, labels).inc(amount)


@harmless
def observe(metric: Histogram, seconds: float, /, **labels: str) -> None:
    _series(metric, labels).observe(max(seconds, 0.0))


_known: dict[tuple[Any, ...], Any] = {}


def _series(metric: Any, labels: Mapping[str, str]) -> Any:
    """Returns the metric with these labels, from a cache: the library's own look-up is slow."""
    if not labels:
        return metric
    key = (metric, *labels.items())
    series = _known.get(key)
    if series is None:
        series = _known[key] = metric.labels(**labels)
    return series


@harmless
def set_to(metric: Gauge, value: float) -> None:
    metric.set(value)


@harmless
def begin(metric: Counter | Histogram, /, **labels: str) -> None:
    """Makes the series with these labels visible before anything is counted."""
    _series(metric, labels)


@contextmanager
def under_way(metric: Gauge) -> Iterator[None]:
    count(metric, 1)
    try:
        yield
    finally:
        count(metric, -1)


@contextmanager
def timed(metric: Histogram, **labels: str) -> Iterator[None]:
    """Measures the block, even if it ends in an exception."""
    started = time.perf_counter()
    try:
        yield
    finally:
        observe(metric, time.perf_counter() - started, **labels)


@contextmanager
def pages_read(way: str, pages: Callable[[], int]) -> Iterator[None]:
    """Counts time and pages of the block; `pages` is called at its end, unless it fails."""
    started = time.perf_counter()
    yield
    count(PDF_SECONDS, time.perf_counter() - started, way=way)
    count(PDF_PAGES, pages(), way=way)
