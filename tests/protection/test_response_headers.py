"""The headers of every address there is, for somebody who sees everything and for a stranger."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from common.security_headers import SEALED
from courses.models import Course, CourseStatus
from profai.server.web import Web
from tests.deploy.test_production_settings import settings_of
from tests.factories import PASSWORD, make_course, make_learner, make_superuser

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGES = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
# Streams are answered by another server than the test client.
STREAMED = re.compile(r"/events/?$")


def paths(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = before + filled(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from paths(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path


def filled(pattern: str) -> str:
    """A path that the pattern takes; most lead to rows that are not there."""
    groups = re.sub(r"\(\?P<(\w+)>(\[[^\]]*\]|[^()\[]|\([^()]*\))*\)", _example, pattern)
    converted = re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: _of(m[1] or "", m[2]), groups)
    return re.sub(r"[\^$?]|\\Z|\(|\)|\|.*", "", converted.replace("\\.", "."))


def _example(match: re.Match[str]) -> str:
    if "36" in match[0]:
        return str(uuid4())
    return {"slug": "rivers", "format": "json"}.get(match[1], "1")


def _of(kind: str, name: str) -> str:
    return {"uuid": str(uuid4()), "slug": "rivers"}.get(kind, "rivers" if name == "slug" else "1")


def read_to_the_end(answer: Any) -> None:
    """Closes the file behind it. To close the answer would close the database's connection."""
    if answer.streaming:
        assert b"".join(answer.streaming_content) is not None


def check(answer: Any, path: str) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, (path, name)
    assert "camera=()" in answer["Permissions-Policy"], path
    assert answer.headers.get("Cache-Control"), path
    policy = answer["Content-Security-Policy"]
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/html") and "attachment" not in str(answer.headers):
        assert {part.strip() for part in policy.split(";")} == PAGES, path
        assert re.search(r"no-store|no-cache", answer["Cache-Control"]), path
    elif path == "/service-worker.js":
        # It may load pages of ours, and nothing else.
        assert policy == "default-src 'none'; connect-src 'self'"
    else:
        assert policy == SEALED, path
    for cookie in answer.cookies.values():
        # Taking a cookie back tells nobody anything.
        assert cookie["httponly"] or not cookie.value, (path, cookie.key)
        assert cookie["samesite"] == "Lax", (path, cookie.key)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", pytest.param("chief", marks=pytest.mark.slow)])
def test_every_address_has_its_headers(who: str) -> None:
    make_course(status=CourseStatus.PUBLISHED)
    client = Client(raise_request_exception=False)
    if who == "chief":
        client.force_login(make_superuser())
    seen: set[int] = set()
    found = [path for path in set(paths(get_resolver())) if not STREAMED.search(path)]
    assert len(found) > 150
    for path in sorted(found):
        answer = client.get(path, headers={"accept": "text/html"})
        read_to_the_end(answer)
        check(answer, path)
        seen.add(answer.status_code)
    assert {200, 302, 404, 405} <= seen if who == "chief" else {200, 302, 401} <= seen


@pytest.mark.django_db
def test_pages_of_errors_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    check(client.post("/login/", {"username": "x"}), "without a token of its form")
    check(client.get("/nothing", headers={"host": "evil.example"}), "another host")
    check(client.get("/no-such-page"), "404")

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("Broken.")

    monkeypatch.setattr("quizzes.home.listed_courses", broken)
    client.force_login(make_learner())
    answer = client.get("/")
    assert answer.status_code == 500
    check(answer, "500")


@pytest.mark.django_db
def test_a_locked_out_answer_has_them() -> None:
    for _ in range(6):
        answer = Client().post("/login/", {"username": "x", "password": "x"})
    assert answer.status_code == 429
    check(answer, "429")


def test_static_files_have_them() -> None:
    client = Client()
    for path in ("/static/profai/site.css", "/static/profai/quiz.js", "/static/profai/logo.svg"):
        answer = client.get(path)
        assert answer.status_code == 200
        read_to_the_end(answer)
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, (path, name)
        assert answer["Content-Security-Policy"] == SEALED
        assert "no-store" not in answer["Cache-Control"]


@pytest.mark.django_db
def test_pages_of_people_are_kept_nowhere() -> None:
    course = make_course(status=CourseStatus.PUBLISHED)
    client = Client()
    client.force_login(make_superuser())
    for path in ("/", course.get_absolute_url(), "/admin/", "/history/", "/account/tokens/"):
        assert "no-store" in client.get(path)["Cache-Control"]
    detail = client.get(f"/api/courses/{Course.objects.get().slug}/")
    assert detail["Cache-Control"] == "private, no-cache"
    again = client.get(
        f"/api/courses/{Course.objects.get().slug}/", headers={"If-None-Match": detail["ETag"]}
    )
    assert again.status_code == 304


def test_what_the_web_server_refuses_itself_has_them() -> None:
    async def refused() -> dict[str, str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def never(*_args: Any) -> Any:
            raise AssertionError

        web = Web(pages=never, uploads=never, streams=never, on_stop=lambda: None)
        headers = [(b"transfer-encoding", b"chunked")]
        scope = {"type": "http", "path": "/", "method": "POST", "query_string": b""}
        await web(scope | {"headers": headers}, never, send)
        assert sent[0]["status"] == 411
        return {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    found = asyncio.run(refused())
    assert found["content-security-policy"] == SEALED
    assert found["x-content-type-options"] == "nosniff"
    assert found["cache-control"] == "no-store"
    assert found["content-type"] == "application/problem+json"


@pytest.mark.slow
@pytest.mark.django_db
def test_production_has_cookies_for_this_host_over_tls_only() -> None:
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "DEVICE_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_PATH",
        "SESSION_COOKIE_DOMAIN",
        "CSRF_COOKIE_DOMAIN",
        "SECURE_HSTS_SECONDS",
        "SECURE_SSL_REDIRECT",
    ]
    told = settings_of(names)
    assert told["SECURE_HSTS_SECONDS"] >= 31_536_000
    make_learner()
    with override_settings(**told):
        answer = Client().post(
            "/login/", {"username": "learner", "password": PASSWORD}, secure=True
        )
        assert "max-age=31536000" in answer["Strict-Transport-Security"]
        assert len(answer.cookies) == 3
        for name, cookie in answer.cookies.items():
            assert name.startswith("__Host-")
            assert cookie["secure"]
            assert cookie["path"] == "/"
            assert not cookie["domain"]


@pytest.mark.slow
def test_compose_without_tls_has_names_that_browsers_take() -> None:
    told = settings_of(
        ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEVICE_COOKIE_NAME"],
        DJANGO_SETTINGS_MODULE="profai.settings.compose",
    )
    assert not any(name.startswith("__Host-") for name in told.values())


@pytest.mark.slow
def test_a_page_may_send_files_to_the_bucket_and_to_nothing_else() -> None:
    def hosts(**values: str) -> Any:
        told = settings_of(["CONTENT_SECURITY_POLICY"], **values)["CONTENT_SECURITY_POLICY"]
        return told["DIRECTIVES"]["connect-src"]

    assert hosts() == ["'self'"]
    assert hosts(AWS_STORAGE_BUCKET_NAME="files", AWS_REGION="eu-central-1") == [
        "'self'",
        "https://files.s3.amazonaws.com",
        "https://files.s3.eu-central-1.amazonaws.com",
    ]
    own = hosts(AWS_STORAGE_BUCKET_NAME="files", AWS_ENDPOINT_URL_S3="https://s3.school.example/")
    assert own == ["'self'", "https://s3.school.example"]
