"""The HTTP client for providers: limited and normalised answers, own headers, proxies."""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator, Mapping
from typing import cast

import httpx
from opentelemetry.trace import get_current_span

from engine.llm.completions import completion_of, error_in_stream, piece_of
from engine.llm.streaming import Draft, current_draft

MAX_BYTES = 4 * 1024 * 1024


class TooLargeError(httpx.TransportError):
    """The answer was larger than MAX_BYTES; the rest was not read."""


class NoCompletionError(httpx.TransportError):
    """An answer with a status of success is no chat completion."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        super().__init__("no chat completion")
        self.status, self.headers, self.text = status, headers, text


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Adds the status to the current span, because openai shows it for failures only.

    `headers` are sent with every call; one without a value is left out of it.
    """

    headers: Mapping[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # A compressed answer could grow beyond the bound after it.
        request.headers["accept-encoding"] = "identity"
        for name, value in self.headers.items():
            if value:
                request.headers[name] = value
            else:
                request.headers.pop(name, None)
        response = await super().handle_async_request(request)
        get_current_span().set_attribute("http.response.status_code", response.status_code)
        response.stream = _Bounded(cast("httpx.AsyncByteStream", response.stream))
        if response.is_success and request.url.path.endswith("/chat/completions"):
            try:
                text = await _read(response, current_draft())
            finally:
                await response.aclose()
            body = completion_of(text)
            if body is None:
                said = error_in_stream(text) or text
                raise NoCompletionError(response.status_code, response.headers, said)
            headers = {"content-type": "application/json"}
            return httpx.Response(200, headers=headers, content=json.dumps(body).encode())
        return response


async def _read(response: httpx.Response, draft: Draft | None) -> str:
    """Returns the body; what it says of the answer is added to `draft` as it comes."""
    if draft is None:
        return (await response.aread()).decode("utf-8", "replace")
    draft.begin()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    lines, rest = [], ""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        lines += whole
        if more := "".join(map(piece_of, whole)):
            draft.add(more)
    return "\n".join([*lines, rest])


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


def http_client(
    *, connections: int, proxy: str = "", headers: Mapping[str, str] | None = None
) -> httpx.AsyncClient:
    """Returns a client without time limits, which callers set; it does not follow redirects.

    Certificates are those of SSL_CERT_FILE or SSL_CERT_DIR where one is set.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    transport = BoundedTransport(limits=limits, proxy=proxy or None)
    transport.headers = headers or {}
    return httpx.AsyncClient(transport=transport, timeout=None)  # noqa: S113 - as said above
