"""Fetches web pages that courses are made of, from public addresses only."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO

import httpcore
import httpx
from django.conf import settings
from opentelemetry.trace import SpanKind

from common.outside_addresses import (
    MAX_LENGTH,
    AddressRefusedError,
    AddressRules,
    check_url,
    port_of,
    public_addresses,
)
from common.pinned import CONNECT, TROUBLE, Pinned, tls_context
from engine.language.typed import one_line
from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import HEAD, KINDS, Format, recognised
from telemetry.traces import span

TOTAL = 60.0  # seconds for a page with all its redirects
MAX_REDIRECTS = 5
MAX_NAME = 150
BLOCK = 64 * 1024  # is unpacked at a time
REDIRECTS = (301, 302, 303, 307, 308)
ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5"
_TYPES = {kind.media_type: f"page{kind.suffixes[0]}" for kind in KINDS.values()} | {
    "application/xhtml+xml": "page.html"
}

_STATUSES = {
    **dict.fromkeys((401, 403), "the page is not open to everybody"),
    **dict.fromkeys((404, 410), "there is no such page"),
}


class PageAwayError(Exception):
    """The page cannot be fetched now, but perhaps later. The message says why."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    file: IO[bytes]
    size: int
    form: Format


def page_rules() -> AddressRules:
    return AddressRules(
        schemes=("https", "http"),
        ports=frozenset(settings.WEB_PAGE_ALLOWED_PORTS),
        networks=tuple(settings.WEB_PAGE_ALLOWED_NETWORKS),
    )


def checked_address(text: str) -> str:
    """Returns the address in normal form; names are looked up when the page is fetched.

    "example.org/page" is taken as well. Raises DocumentRejectedError (address_refused).
    """
    bare = text.strip()
    address = bare if "://" in bare else f"https://{bare}"
    with _refusals(address):
        normal = str(check_url(address, page_rules()))
        if len(normal) > MAX_LENGTH:
            raise AddressRefusedError(f"Use an address of at most {MAX_LENGTH} characters.")
    return normal


def page_name(address: str) -> str:
    """Returns what people call a page: its address without the parts that every address has."""
    url = httpx.URL(address)
    host = url.host.removeprefix("www.")
    path = one_line(url.path).rstrip("/")
    return f"{host}{path}"[:MAX_NAME]


@contextmanager
def fetched_page(address: str, max_bytes: int) -> Iterator[FetchedPage]:
    """Yields what is at an address, for as long as the block.

    Raises DocumentRejectedError for an address that may not be called, a page that is not there,
    is too large, or cannot be read, and PageAwayError.
    """
    deadline = time.monotonic() + TOTAL
    with TemporaryFile() as file, _refusals(address):
        wanted = address
        for _ in range(MAX_REDIRECTS + 1):
            file.seek(0)
            file.truncate()
            answer = _get(wanted, file, max_bytes, deadline)
            if not answer.location:
                break
            wanted = answer.location
        else:
            raise DocumentRejectedError(
                "page_unreachable",
                f"{address}: it leads from one address to another without an end. Open it in a "
                "browser, and give the address that it ends at.",
            )
        size = file.tell()
        file.seek(0)
        head = file.read(HEAD)
        file.seek(0)
        if not size:
            raise DocumentRejectedError("empty_file", f"{address}: the page is empty.")
        yield FetchedPage(file, size, recognised(head, answer.name))


@contextmanager
def _refusals(address: str) -> Iterator[None]:
    try:
        yield
    except AddressRefusedError as error:
        raise DocumentRejectedError("address_refused", f"{address[:200]}: {error}") from error
    except httpcore.TimeoutException as error:
        raise PageAwayError(f"{address}: no complete answer within {TOTAL:.0f} seconds.") from error
    except TROUBLE as error:
        said = str(error) or type(error).__name__
        raise PageAwayError(f"{address}: no answer ({said[:200]}).") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    """`location` is where the page is instead; `name` ends in the suffix of its content type."""

    location: str = ""
    name: str = ""


def _get(address: str, file: IO[bytes], max_bytes: int, deadline: float) -> _Answer:
    rules = page_rules()
    url = check_url(address, rules)
    attributes = {"http.request.method": "GET", "server.address": url.host}
    backend = Pinned(public_addresses(url, CONNECT, rules), deadline)
    headers = [
        ("Host", url.netloc.decode("ascii")),
        ("User-Agent", "ProfAI (reads a page that a teacher named)"),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "identity"),
    ]
    with (
        span("GET web page", kind=SpanKind.CLIENT, attributes=attributes) as current,
        httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=backend) as pool,
        pool.stream(
            "GET",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path
            ),
            headers=headers,
            extensions={"timeout": {"connect": CONNECT}},
        ) as response,
    ):
        current.set_attribute("http.response.status_code", response.status)
        told = {name.decode("latin-1").lower(): value for name, value in response.headers}
        if response.status in REDIRECTS and "location" in told:
            return _Answer(str(url.join(told["location"].decode("utf-8", "replace"))))
        _check_status(address, response.status)
        for chunk in _unpacked(response, told.get("content-encoding", b"")):
            if file.tell() + len(chunk) > max_bytes:
                raise DocumentRejectedError(
                    "too_large",
                    f"{address}: the page is larger than {max_bytes // (1024 * 1024)} MB.",
                )
            file.write(chunk)
    kind = told.get("content-type", b"").split(b";")[0].strip().decode("latin-1").lower()
    return _Answer(name=_TYPES.get(kind) or PurePosixPath(url.path).name)


def _check_status(address: str, status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise PageAwayError(f"{address}: its server answers with the error {status}.")
    why = _STATUSES.get(status, f"its server answers with the error {status}")
    raise DocumentRejectedError(
        "page_unreachable",
        f"{address}: {why}. Open it in a browser, save it there, and upload the saved page.",
    )


def _unpacked(response: httpcore.Response, encoding: bytes) -> Iterator[bytes]:
    """Yields the page; servers may pack it although we ask them not to."""
    if encoding.strip().lower() not in (b"gzip", b"x-gzip", b"deflate"):
        yield from response.iter_stream()
        return
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    for chunk in response.iter_stream():
        try:
            data = unpacker.decompress(chunk, BLOCK)
            while data:
                yield data
                data = unpacker.decompress(unpacker.unconsumed_tail, BLOCK)
        except zlib.error as error:
            raise PageAwayError("The page came damaged.") from error
