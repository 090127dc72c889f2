"""HTTP as we want it towards providers: no answer larger than any that makes sense."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx
from opentelemetry.trace import get_current_span

MAX_BYTES = 4 * 1024 * 1024


class TooLargeError(httpx.TransportError):
    """The answer was larger than MAX_BYTES; the rest was not read."""


class BoundedTransport(httpx.AsyncHTTPTransport):
    """The span of the call under way is told the status, which openai shows of failures only."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # A compressed answer could grow beyond the bound after it.
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        get_current_span().set_attribute("http.response.status_code", response.status_code)
        response.stream = _Bounded(cast("httpx.AsyncByteStream", response.stream))
        return response


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_BYTES:
                raise TooLargeError(f"The answer is larger than {MAX_BYTES} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def http_client(*, connections: int) -> httpx.AsyncClient:
    """Time limits are the caller's; redirects, which could lead anywhere, are not followed."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(transport=BoundedTransport(limits=limits), timeout=None)  # noqa: S113 - as said above
