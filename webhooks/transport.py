"""One POST to another server: to a checked address, within a time limit, with a limited answer.

With httpcore we open the connections ourselves; it follows no redirects and uses no proxy.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpcore
import httpx
from opentelemetry.trace import SpanKind

from common.outside_addresses import (
    AddressRefusedError,
    check_url,
    port_of,
    public_addresses,
)
from common.pinned import CONNECT, TROUBLE, Pinned, tls_context
from telemetry.traces import span
from webhooks.addresses import webhook_rules

TOTAL = 10.0
MAX_ANSWER = 64 * 1024
EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a try. `error` is empty if an answer came, whatever its status."""

    status: int | None
    excerpt: str
    error: str
    duration: timedelta

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's 2xx


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Sends a POST. Never raises for what the other server does."""
    start = time.monotonic()
    status, excerpt, error = None, "", ""
    try:
        status, excerpt = _exchange(address, body, headers, start + TOTAL)
    except AddressRefusedError as refused:
        error = str(refused)
    except httpcore.TimeoutException:
        error = f"No complete answer within {TOTAL:.0f} seconds."
    except TROUBLE as trouble:
        error = f"No answer: {trouble or type(trouble).__name__}"
    return Outcome(status, excerpt, error[:500], timedelta(seconds=time.monotonic() - start))


def _exchange(
    address: str, body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, str]:
    url = check_url(address, webhook_rules())
    attributes = {"http.request.method": "POST", "server.address": url.host}
    with span("POST webhook", kind=SpanKind.CLIENT, attributes=attributes) as current:
        status, excerpt = _sent(url, body, headers, deadline)
        current.set_attribute("http.response.status_code", status)
    return status, excerpt


def _sent(
    url: httpx.URL, body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, str]:
    backend = Pinned(public_addresses(url, CONNECT, webhook_rules()), deadline)
    with (
        httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=backend) as pool,
        pool.stream(
            "POST",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path
            ),
            headers=[("Host", url.netloc.decode("ascii")), *headers.items()],
            content=body,
            extensions={"timeout": {"connect": CONNECT}},
        ) as response,
    ):
        # The beginning of the answer as text. Reads no more than MAX_ANSWER of it.
        answer = b""
        for chunk in response.iter_stream():
            answer += chunk
            if len(answer) >= MAX_ANSWER:
                break
        text = answer[: 4 * EXCERPT].decode("utf-8", "replace")
        return response.status, text.replace("\x00", "\ufffd")[:EXCERPT]
