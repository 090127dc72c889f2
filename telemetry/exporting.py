"""Tracing with OpenTelemetry's SDK; `telemetry.traces` loads this module when it is needed."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import Getter, Setter, TextMapPropagator, default_setter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    Decision,
    Sampler,
    SamplingResult,
)
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceState, get_current_span
from opentelemetry.trace.status import Status

from telemetry.redaction import redact
from telemetry.sql_spans import trace_statements

PROPAGATORS: Final = "xray,tracecontext,baggage"
READS: Final = frozenset({"GET", "HEAD"})
TIMEOUT: Final = 5.0  # seconds for one batch, tries included, unless the environment says more
# The attributes that may be sent. Messages of exceptions, queries of URLs and bodies are not
# among them.
SENT: Final = re.compile(
    r"(db|gen_ai\.(operation|provider|request|response|usage|output\.type)|http|messaging|network"
    r"|profai|rpc|server|aws\.request_id|error\.type|url\.(full|scheme)|retry_attempts)(\.|$)"
)
ADDRESSES: Final = frozenset({"url.full", "http.url", "http.target"})
_LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.S)


class Tracing:
    """Makes spans and sends them; each process has one."""

    without_requests = staticmethod(suppress_http_instrumentation)

    def __init__(self, service: str) -> None:
        # Current names of attributes; by default the libraries use those of 2021.
        os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
        self._reads = _reads()
        named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        )
        attributes = {"service.instance.id": f"{os.uname().nodename}:{os.getpid()}"}
        self.provider = TracerProvider(
            resource=Resource.create(attributes | ({} if named else {"service.name": service})),
            shutdown_on_exit=False,
        )
        self.provider.sampler = Connected(self.provider.sampler)
        # The environment may say how long one batch may take.
        names = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
        timeout = None if any(os.environ.get(name) for name in names) else TIMEOUT
        exporter = Filtered(OTLPSpanExporter(timeout=timeout))
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("profai")
        self.propagator = propagator()
        propagate.set_global_textmap(ReceivesOnly(self.propagator))
        botocore = BotocoreInstrumentor()  # type: ignore[no-untyped-call] # untyped
        self._instrumentors = (HTTPXClientInstrumentor(), botocore)
        for instrumentor in self._instrumentors:
            instrumentor.instrument(tracer_provider=self.provider)
        connection_created.connect(trace_statements, dispatch_uid="telemetry")
        for connection in connections.all(initialized_only=True):
            trace_statements(connection=connection)

    def received(self, request: HttpRequest) -> Context:
        """Returns a context with the trace that the request's headers name, if they do."""
        return self.propagator.extract(request.META, Context(), _Headers())

    def chooses(self, request: HttpRequest, parent: Context) -> bool:
        return chosen(str(request.method), parent, self._reads)

    def stop(self) -> None:
        for instrumentor in self._instrumentors:
            instrumentor.uninstrument()
        self.provider.shutdown()


def propagator() -> TextMapPropagator:
    """Returns the propagators of OTEL_PROPAGATORS. Raises ImproperlyConfigured for other names."""
    found: list[TextMapPropagator] = []
    for name in os.environ.get("OTEL_PROPAGATORS", PROPAGATORS).split(","):
        if name.strip() in ("", "none"):
            continue
        points = list(entry_points(group="opentelemetry_propagator", name=name.strip()))
        if not points:
            raise ImproperlyConfigured(
                f"OTEL_PROPAGATORS: {name.strip()!r} is not known; {PROPAGATORS} are, and none."
            )
        found.append(points[0].load()())
    return CompositePropagator(found)


class ReceivesOnly(TextMapPropagator):
    """Reads trace headers of requests and adds none to our own calls.

    So providers of models and receivers of webhooks learn nothing of our traces.
    """

    def __init__(self, inner: TextMapPropagator) -> None:
        self._inner = inner

    def extract(self, carrier: Any, context: Context | None = None, *more: Any) -> Context:
        return self._inner.extract(carrier, context, *more)

    def inject(
        self, carrier: Any, context: Context | None = None, setter: Setter[Any] = default_setter
    ) -> None:
        """Adds nothing."""

    @property
    def fields(self) -> set[str]:
        return self._inner.fields


def _reads() -> float:
    share: float = settings.TRACE_READS
    if not 0 <= share <= 1:
        raise ImproperlyConfigured(f"TRACE_READS is {share}; it is a share between 0 and 1.")
    return share


def chosen(method: str, parent: Context, reads: float) -> bool:
    """Whether a request is traced: of requests that only read, only the share `reads` is."""
    if method not in READS or _is_within(parent):
        return True
    return random.random() < reads  # noqa: S311 - no secret


def _is_within(context: Context | None) -> bool:
    return get_current_span(context).get_span_context().is_valid


class _Headers(Getter[dict[str, Any]]):
    """Reads headers from `request.META`; `request.headers` would parse all to find three."""

    def get(self, carrier: dict[str, Any], key: str) -> list[str] | None:
        found = carrier.get(f"HTTP_{key.upper().replace('-', '_')}")
        return None if found is None else [found]

    def keys(self, carrier: dict[str, Any]) -> list[str]:
        return [name[5:].replace("_", "-").lower() for name in carrier if name.startswith("HTTP_")]


class Connected(Sampler):
    """Begins traces only with a request or a task of the queue.

    Else each look into an empty queue, for example, would be a trace that nobody reads.
    """

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(  # noqa: PLR0917 - the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Any = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if not _is_within(parent_context) and kind not in (SpanKind.SERVER, SpanKind.CONSUMER):
            return SamplingResult(Decision.DROP)
        return self._inner.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"Connected({self._inner.get_description()})"


class Filtered(SpanExporter):
    """Sends spans with the attributes that SENT names, and without events, which contain messages
    of exceptions."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([filtered(span) for span in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._inner.force_flush(timeout_millis)


def filtered(span: ReadableSpan) -> ReadableSpan:
    """Returns a copy of the span with the attributes of SENT, redacted, and without events."""
    context, given = span.get_span_context(), span.attributes or {}
    assert isinstance(context, SpanContext)  # noqa: S101 - the type has None for spans of no kind
    return ReadableSpan(
        redact(span.name),
        context,
        span.parent,
        span.resource,
        {name: _value(name, value) for name, value in given.items() if _is_sent(name)},
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


@lru_cache(maxsize=1000)
def _is_sent(name: str) -> bool:
    return SENT.match(name) is not None


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in ADDRESSES:
        value = re.split(r"[?#]", value)[0]
    if name == "db.query.text":
        value = _LITERAL.sub("'…'", value)
    return redact(value)
