"""One POST to somebody else's server: to a checked address, in time, with a bounded answer.

httpcore lets us open the connections ourselves; it follows no redirects and asks no proxy.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import httpcore
import httpx
from opentelemetry.trace import SpanKind

from telemetry.traces import span
from webhooks.addresses import AddressRefusedError, check_url, port_of, public_addresses

CONNECT = 5.0  # seconds for the look-up, and again for the connection
TOTAL = 10.0
MAX_ANSWER = 64 * 1024
EXCERPT = 500
TROUBLE = (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went. `error` is empty where an answer came, whatever its status."""

    status: int | None
    excerpt: str
    error: str
    duration: timedelta

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's 2xx


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Never raises for what the other side does."""
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
    url = check_url(address)
    attributes = {"http.request.method": "POST", "server.address": url.host}
    with span("POST webhook", kind=SpanKind.CLIENT, attributes=attributes) as current:
        status, excerpt = _sent(url, body, headers, deadline)
        current.set_attribute("http.response.status_code", status)
    return status, excerpt


def _sent(
    url: httpx.URL, body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, str]:
    backend = _Pinned(public_addresses(url, CONNECT), deadline)
    with (
        httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
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
        return response.status, _excerpt(response)


def _excerpt(response: httpcore.Response) -> str:
    """The answer's beginning as text. No more than MAX_ANSWER is read of it."""
    answer = b""
    for chunk in response.iter_stream():
        answer += chunk
        if len(answer) >= MAX_ANSWER:
            break
    text = answer[: 4 * EXCERPT].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")[:EXCERPT]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes a while."""
    return httpx.create_ssl_context()


class _Pinned(httpcore.SyncBackend):
    """Connects to `addresses`, whatever the host's name; SNI and certificate are as usual."""

    def __init__(self, addresses: Sequence[str], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first address that answers; the name in `host` is not looked up again."""
        del host
        end = time.monotonic() + (timeout or CONNECT)
        trouble: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            left = min(end, self._deadline) - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _InTime(stream, self._deadline)
        raise trouble


class _InTime(httpcore.NetworkStream):
    """A stream that ends at the deadline, however busily the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _InTime(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(left, timeout)
