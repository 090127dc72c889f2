"""Requests as attackers write them: forged, redirected, overridden, named after another host."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from courses.models import Course, SourceDocument
from profai.environment import BASE_DIR
from tests.api.test_roles import TABLE
from tests.api.world import World, client
from tests.factories import PASSWORD, make_learner, make_superuser, make_teacher
from tests.pdfs import make_pdf
from tests.security.routes import admin_routes, filled, routes
from tests.security.test_idor import PAGES, address_of

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "\x01//evil.example",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
def test_nobody_is_sent_elsewhere_after_the_login(page: str, address: str) -> None:
    make_superuser()
    data = {"username": "chief", "password": PASSWORD, "next": address}
    for answer in (Client().post(page, data), Client().post(f"{page}?next={address}", data)):
        assert answer.status_code == 302
        assert re.fullmatch(r"/[^/\\].*|/", answer["Location"]), answer["Location"]


def forger(name: str) -> Client:
    """The browser of somebody who is logged in, as another site makes it ask."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username=name))
    return browser


@pytest.mark.slow
def test_every_form_and_session_needs_its_token(world: World) -> None:
    """Every address that takes a POST, of pages, admin and API."""
    make_superuser()
    browser, before = forger("chief"), list(Course.objects.values())
    pages = [address_of(path, world.names) for path in PAGES]
    own = ("/login/", "/logout/", "/account/tokens/", *pages)
    for address in (*own, *(filled(path, world) for path in admin_routes())):
        answer = browser.post(address)
        assert answer.status_code in {403, 405}, address
    for method, address, body, _ in TABLE:
        if method == "GET":
            continue
        headers = {"if-match": "*"}
        path = address.format(**world.names)
        answer = browser.generic(method, path, "{}", "application/json", headers=headers)
        if path == "/api/upload-pdfs":
            # It takes forms only, and asks for the token when it has read one.
            answer = browser.post(path, {"files": []})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), path
        assert "CSRF" in answer.json()["detail"], (path, body)
    assert list(Course.objects.values()) == before


def test_a_method_is_the_one_that_was_sent(world: World) -> None:
    """A link can ask by GET; no header or field makes another method of it."""
    api = client(User.objects.get(username="teacher"))
    address = f"/api/courses/{world.course.slug}/"
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        headers = {name.lower(): "DELETE", "if-match": "*"}
        assert api.get(address, headers=headers).status_code == 200
        assert api.post(address, {"_method": "DELETE"}, headers=headers).status_code == 405
    assert api.get(f"{address}?_method=DELETE").status_code == 400
    for act in ("publish", "unpublish", "topics/1/approve"):
        assert api.get(f"{address}{act}/").status_code == 405
    assert Course.objects.filter(pk=world.course.pk).exists()


def test_of_parameters_that_come_twice_one_counts_everywhere(world: World) -> None:
    api = client(make_learner("curious"))
    both = api.get("/api/courses/?status=draft&status=published").json()
    assert both["count"] == api.get("/api/courses/?status=published").json()["count"]
    for own in (f"/courses/{world.course.slug}/?pk=1&slug=x", f"/api/attempts/?learner={1}"):
        assert "taker" not in api.get(own).content.decode()


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "a b", ""]
)
def test_no_address_is_made_of_a_host_that_is_not_ours(host: str, world: World) -> None:
    api = client(User.objects.get(username="teacher"))
    answer = api.get("/api/courses/", headers={"host": host})
    assert answer.status_code == 400
    assert world.course.title not in answer.content.decode()


def test_a_host_told_by_a_proxy_header_does_not_count(world: World) -> None:
    api = client(User.objects.get(username="teacher"))
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example",
               "x-original-url": "/admin/", "x-rewrite-url": "/admin/"}  # fmt: skip
    for address in ("/api/courses/?page_size=1", "/", f"/courses/{world.course.slug}/"):
        assert "evil.example" not in api.get(address, headers=headers).content.decode()
    assert not django_settings.USE_X_FORWARDED_HOST


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["../../etc/x.pdf", "..\\..\\x.pdf", "/etc/x.pdf", "a\0b.pdf", "x\r\nSet-Cookie: a.pdf"]
)
def test_a_files_name_leads_nowhere(name: str, settings: Settings) -> None:
    api = client(make_teacher())
    file = SimpleUploadedFile("x.pdf", make_pdf())
    file.__dict__["_name"] = name
    assert api.post("/api/courses/", {"files": [file]}).status_code == 202
    document = SourceDocument.objects.get()
    assert re.fullmatch(r"documents/[0-9a-f-]{36}\.pdf", str(document.file.name))
    assert "/" not in document.original_name
    assert document.original_name.isprintable()
    root = settings.MEDIA_ROOT
    stored = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    assert stored == [document.file.name]


def test_uploads_have_no_address_of_their_own(world: World) -> None:
    """Not below the site, not for administrators: only as a download, with the right to it."""
    make_superuser()
    browser = Client()
    browser.login(username="chief", password=PASSWORD)
    file = str(SourceDocument.objects.get().file.name)
    for prefix in ("/media/", "/static/", "/static/../media/", "/static/%2e%2e/media/", "/"):
        assert browser.get(prefix + file).status_code == 404
    for path in (
        "/static/../secret_key",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
    ):
        assert browser.get(path).status_code == 404
    assert world.course.title


def test_pages_cannot_be_framed(world: World) -> None:
    make_superuser()
    browser = Client()
    browser.login(username="chief", password=PASSWORD)
    for address in (
        "/",
        "/login/",
        f"/courses/{world.course.slug}/",
        "/admin/",
        "/account/tokens/",
    ):
        assert browser.get(address)["X-Frame-Options"] == "DENY"


def test_answers_to_somebody_are_not_shared_by_a_cache(world: World) -> None:
    """What depends on the cookie says so; a header that no cache looks at changes nothing."""
    browser = Client()
    browser.force_login(User.objects.get(username="teacher"))
    for address in ("/", f"/courses/{world.course.slug}/", "/api/courses/"):
        plain = browser.get(address)
        assert "Cookie" in plain["Vary"]
        assert "public" not in plain.get("Cache-Control", "")
        odd = browser.get(address, headers={"x-forwarded-scheme": "http", "x-host": "evil"})
        assert odd.status_code == 200
    # An address that a cache would take for a style sheet is no other page.
    assert browser.get("/account/tokens/x.css").status_code == 404
    assert browser.get(f"/courses/{world.course.slug}/x.css").status_code == 404


@pytest.mark.django_db
def test_health_tells_strangers_nothing_of_machines(settings: Settings) -> None:
    settings.HEALTH_TOKEN = "right"  # noqa: S105 - of this test only
    for token in ("", "wrong", "Bearer", "righ", "right\u00e9"):
        answer = Client().get("/health/web", headers={"authorization": f"Bearer {token}"})
        assert set(answer.json()["parts"].values()) <= {"ok", "down"}, token
    told: dict[str, Any] = (
        Client().get("/health/web", headers={"authorization": "Bearer right"}).json()
    )
    assert "why" in told["parts"]["database"]


@pytest.mark.django_db
def test_no_page_is_for_developers() -> None:
    assert django_settings.DEBUG is False
    for path in routes():
        assert not any(word in path for word in ("__debug__", "silk", "debug"))
    text = Client().get("/nothing/").content.decode()
    assert "urlpatterns" not in text
    assert "profai.urls" not in text


def test_no_key_lies_in_the_repository() -> None:
    """One did; whoever ran ProfAI with that folder had a key that all the world knows."""
    if not (BASE_DIR / ".git").exists():
        pytest.skip("This is no clone of the repository.")
    command = ["git", "ls-files"]
    names = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    kept = [name.rsplit("/", 1)[-1] for name in names.stdout.splitlines()]
    secret = re.compile(r"secret_key|\.env|.*\.(?:pem|key|p12|kdbx)|id_(?:rsa|ed25519)|.*\.sqlite3")
    assert not [name for name in kept if secret.fullmatch(name)]
