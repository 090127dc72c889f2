"""Connections to other people's servers: to addresses that were checked, within a time limit.

With httpcore we open the connections ourselves; it follows no redirects and uses no proxy.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import httpcore
import httpx

CONNECT = 5.0  # seconds for the name look-up, and again for the connection
TROUBLE = (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError)


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Returns the context for TLS; it is made once, because reading all certificates takes a
    while."""
    return httpx.create_ssl_context()


class Pinned(httpcore.SyncBackend):
    """Connects to `addresses` instead of looking the host up; TLS still checks the host's name."""

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
        """Connects to the first address that answers; `host` is not looked up again."""
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
    """A stream that ends at the deadline, even if the other server sends a byte now and then."""

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
