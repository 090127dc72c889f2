"""A database that hangs holds all threads of pages; probes and scrapes are answered anyway."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from common.security_headers import SEALED
from profai.server.web import PROBES
from tests.clusters import database_hanging, wait_until
from tests.factories import make_editor
from tests.metrics.scrapes import Scrape, parse
from tests.streams.server import WebServer, web_server
from tests.streams.test_web import connect
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
THREADS = 2
TOKEN = "the-token-of-prometheus"  # noqa: S105 - of a test


@pytest.fixture(scope="module")
def busy(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server of one process, which is soon full."""
    hurry = {"WEB_THREADS": THREADS, "METRICS_TOKEN": TOKEN, "HEALTH_TOKEN": TOKEN}
    with web_server(tmp_path_factory.mktemp("busy"), workers=1, **hurry) as server:
        yield server


@contextmanager
def all_pages_hanging(web: WebServer, headers: dict[str, str]) -> Iterator[None]:
    """More pages are asked for than there are threads, and none is answered."""
    with ExitStack() as ends:
        ends.enter_context(database_hanging())
        head = f"GET /api/courses/ HTTP/1.1\r\nAuthorization: {headers['Authorization']}\r\n"
        for _ in range(3 * THREADS):
            line = ends.enter_context(closing(connect(web)))
            line.sendall(f"{head}Host: 127.0.0.1\r\n\r\n".encode())
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{web.address}/login/", timeout=1)
        yield


def ask(web: WebServer, path: str, **headers: str) -> httpx.Response:
    """A page that waits for the database is not answered at all while that hangs."""
    return httpx.get(web.address + path, headers=headers, timeout=LONG)


def is_well(web: WebServer) -> bool:
    return ask(web, "/health/web").status_code == 200


def scrape(web: WebServer) -> Scrape:
    return parse(ask(web, "/metrics", Authorization=f"Bearer {TOKEN}").text)


def test_probes_and_scrapes_are_answered(busy: WebServer, headers: dict[str, str]) -> None:
    with all_pages_hanging(busy, headers):
        for _ in range(5):
            live = ask(busy, "/health/live")
            assert (live.status_code, live.json()) == (200, {"status": "ok"})
            assert live.headers["Content-Security-Policy"] == SEALED
        web = ask(busy, "/health/web")
        assert web.status_code == 503
        assert web.json()["parts"] == {"database": "down", "migrations": "down"}
        assert ask(busy, "/health/ready").status_code == 503
        found = scrape(busy)
        assert found.total("profai_database_up") == 0
        assert found.total("profai_process_memory_bytes") > 0
    wait_until(lambda: is_well(busy))
    assert httpx.get(f"{busy.address}/login/", timeout=LONG).status_code == 200


def test_who_is_waited_for_fills_no_other_probe(busy: WebServer, headers: dict[str, str]) -> None:
    with all_pages_hanging(busy, headers), ExitStack() as ends:
        for path in ("/health/web", "/health/ready", "/metrics") * 6:
            line = ends.enter_context(closing(connect(busy)))
            head = f"GET {path} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n"
            line.sendall(f"{head}Host: 127.0.0.1\r\n\r\n".encode())
        assert ask(busy, "/health/live").status_code == 200


def test_a_session_that_cannot_be_looked_up_delays_no_probe_for_long(
    busy: WebServer, headers: dict[str, str]
) -> None:
    client = Client()
    client.force_login(make_editor())
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    wait_until(lambda: is_well(busy))
    told = ask(busy, "/health/web", Cookie=cookie).json()["parts"]["database"]
    assert told["why"].startswith("PostgreSQL")
    # That the database answers is known for a second, and is no longer true.
    assert is_well(busy)
    with database_hanging(), ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: ask(busy, "/health/web", Cookie=cookie), range(4)))
    assert all("why" not in answer.text for answer in answers)


def addresses(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"/{pattern.pattern}"


def test_every_address_of_a_probe_has_threads() -> None:
    asked = {path for path in addresses(get_resolver()) if path.startswith(("/health", "/metrics"))}
    assert asked == set(PROBES)
