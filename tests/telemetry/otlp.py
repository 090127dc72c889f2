"""A collector that keeps what it is sent: OTLP over HTTP, on a port of this machine."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Sent:
    name: str
    trace: str
    number: str
    parent: str
    service: str
    kind: int
    attributes: dict[str, Any] = field(hash=False)
    links: int = 0
    events: int = 0


class Collector:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    @property
    def text(self) -> str:
        return b"\n".join(self.bodies).decode("utf-8", "replace")

    def spans(self) -> list[Sent]:
        return [span for body in list(self.bodies) for span in _read(body)]

    def named(self, start: str) -> list[Sent]:
        return [span for span in self.spans() if span.name.startswith(start)]


def _read(body: bytes) -> Iterator[Sent]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = _values(resource.resource.attributes)
        for scope in resource.scope_spans:
            for one in scope.spans:
                yield Sent(
                    name=one.name,
                    trace=one.trace_id.hex(),
                    number=one.span_id.hex(),
                    parent=one.parent_span_id.hex(),
                    service=about["service.name"],
                    kind=one.kind,
                    attributes=_values(one.attributes),
                    links=len(one.links),
                    events=len(one.events),
                )


def _values(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextmanager
def collector() -> Iterator[tuple[Collector, str]]:
    """With its address, as OTEL_EXPORTER_OTLP_ENDPOINT wants it."""
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            assert self.path == "/v1/traces"
            kept.bodies.append(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kept, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
