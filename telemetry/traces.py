"""Spans of distributed traces. Without `start_tracing` all functions here do nothing.

No span, header or attribute made here holds texts, answers or parameters of SQL; what libraries
add is filtered once more before it is sent (`telemetry.exporting`).
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from django.http import HttpRequest
from django.utils.module_loading import import_string
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# The SDK and its exporter load slowly, so only processes that trace, or fork such, load them.
MAKER: Final = "telemetry.exporting.Tracing"
FLUSH: Final = 3.0  # seconds, at the end of a process
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class _Process:
    """The tracing of this process. A forked child has none until it starts its own."""

    tracing: Any = None


def _start_anew() -> None:
    _Process.tracing = None


os.register_at_fork(after_in_child=_start_anew)


def wanted() -> bool:
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not off and any(os.environ.get(name) for name in ENDPOINTS)


def is_on() -> bool:
    return _Process.tracing is not None


def load_tracing() -> None:
    """Imports what `start_tracing` needs, once for all processes that will be forked."""
    if wanted():
        import_string(MAKER)


def start_tracing(service: str) -> None:
    """Traces this process, if the environment names a collector. Call it after a fork, since
    threads do not survive one."""
    if is_on() or not wanted():
        return
    _Process.tracing = import_string(MAKER)(service)


def stop_tracing(seconds: float = FLUSH) -> None:
    """Sends the remaining spans within `seconds`; then the process may end."""
    if not is_on():
        return
    tracing, _Process.tracing = _Process.tracing, None
    thread = threading.Thread(target=tracing.stop, name="flush-spans", daemon=True)
    thread.start()
    thread.join(seconds)


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    within: Context | None = None,
    links: Sequence[Link] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Iterator[Span]:
    """Makes a span of the block. An error marks it by its type; its message is not sent."""
    if not is_on():
        yield trace.INVALID_SPAN
        return
    current = _Process.tracing.tracer.start_span(
        name, context=within, kind=kind, links=links, attributes=attributes
    )
    # The tracer's own context manager does the same through three generators, which is slower.
    token = attach(trace.set_span_in_context(current))
    try:
        yield current
    except BaseException as error:
        failed(current, type(error).__qualname__)
        raise
    finally:
        detach(token)
        current.end()


def without_requests() -> AbstractContextManager[None]:
    """Makes no spans of HTTP requests in the block, because the current span says more."""
    return _Process.tracing.without_requests() if is_on() else nullcontext()


def ended(
    name: str, started: int, error: str, *, kind: SpanKind, attributes: Mapping[str, Any]
) -> None:
    """Adds a span of something that began at `started` (nanoseconds) and has just ended."""
    if not is_on():
        return
    current = _Process.tracing.tracer.start_span(
        name, kind=kind, attributes=attributes, start_time=started
    )
    if error:
        failed(current, error)
    current.end()


def failed(current: Span, kind: str) -> None:
    current.set_attribute("error.type", kind)
    current.set_status(Status(StatusCode.ERROR))


@contextmanager
def request_span(request: HttpRequest) -> Iterator[Span]:
    """Makes a span of a request, in the trace that its headers name (OTEL_PROPAGATORS) or in a new
    one; an invalid span if the request is not traced."""
    parent = _Process.tracing.received(request) if is_on() else None
    if parent is None or not _Process.tracing.chooses(request, parent):
        yield trace.INVALID_SPAN
        return
    method = str(request.method)
    attributes = {"http.request.method": method, "url.scheme": str(request.scheme)}
    with span(method, kind=SpanKind.SERVER, within=parent, attributes=attributes) as current:
        yield current


def current_ids() -> dict[str, str]:
    """Returns the ids of the current span, if it will be sent."""
    context = trace.get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def current_parent() -> str:
    """Returns the current span as text (W3C traceparent), for `continued`; "" without one."""
    context = trace.get_current_span().get_span_context()
    if not (is_on() and context.is_valid):
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def continued(parent: str) -> Context:
    """Returns the context for a span whose parent is `parent`; a new trace if that is empty."""
    context = _parsed(parent)
    return trace.set_span_in_context(NonRecordingSpan(context), Context()) if context else Context()


def link_here() -> list[Link]:
    """Returns a link to the current span, if there is one."""
    context = trace.get_current_span().get_span_context()
    return [Link(context)] if context.is_valid else []


def trace_id_of(parent: str) -> str:
    """Returns the trace id of a traceparent whose trace is sent; otherwise ""."""
    context = _parsed(parent)
    return f"{context.trace_id:032x}" if context and context.trace_flags.sampled else ""


def _parsed(parent: str) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(parent)
    if found is None:
        return None
    numbers = [int(part, 16) for part in found.groups()]
    context = SpanContext(numbers[0], numbers[1], True, TraceFlags(numbers[2]))  # noqa: FBT003 - remote
    return context if context.is_valid else None
