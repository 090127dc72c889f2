"""Who is answered what: every address, every method, everybody; draft and published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.models import CourseStatus
from tests.api.world import PEOPLE, make_world, person

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("chroma")]

C = "/api/courses/{slug}/"
W = "/api/webhooks/{webhook}/"
# Method, address, body, and what each of PEOPLE, in that order, is answered for the draft of
# "teacher", then for the same course once it is published.
DRAFT_READ, READ = (401, 404, 404, 200, 200), (401, 200, 200, 200, 200)
EVERYBODY = (READ, READ)
READERS = (DRAFT_READ, READ)
# 428: may, but did not say which version was seen.
EDIT = ((401, 404, 404, 428, 428), (401, 403, 403, 428, 428))
STAFF_LIST = ((401, 404, 404, 200, 200), (401, 403, 403, 200, 200))
# 409: the course's own job is still open.
BUSY = ((401, 404, 404, 409, 409), (401, 403, 403, 409, 409))
OWN_ROWS = ((401, 404, 404, 200, 200), (401, 404, 404, 200, 200))
OWN_EDIT = ((401, 403, 404, 428, 428), (401, 403, 404, 428, 428))
OWN_ACT = ((401, 403, 404, 200, 200), (401, 403, 404, 200, 200))

# Not even editors see what a teacher has others told.
MY_READ = ((401, 403, 404, 200, 404),) * 2
MY_EDIT = ((401, 403, 404, 428, 404),) * 2
MY_SEND = ((401, 403, 404, 202, 404),) * 2

ASKED = ((401, 404, 404, 400, 400), (401, 400, 400, 400, 400))

TABLE: list[tuple[str, str, object, tuple[tuple[int, ...], tuple[int, ...]]]] = [
    ("GET", "/api/courses/", None, EVERYBODY),
    ("POST", "/api/courses/", {}, ((401, 403, 400, 400, 400),) * 2),
    ("POST", "/api/upload-pdfs", {}, ((401, 403, 400, 400, 400),) * 2),
    ("POST", "/api/uploads/", {}, ((401, 403, 400, 400, 400),) * 2),
    ("GET", C, None, READERS),
    ("PATCH", C, {"title": "New"}, EDIT),
    ("DELETE", C, None, EDIT),
    ("POST", C + "publish/", {}, ((401, 404, 404, 200, 200), (401, 403, 403, 200, 200))),
    ("POST", C + "unpublish/", {}, ((401, 404, 404, 409, 409), (401, 403, 403, 200, 200))),
    # 409: there are none.
    ("POST", C + "publish-changes/", {}, BUSY),
    # 409: the outline of a course that is written is not changed here, nor written again.
    ("GET", C + "outline/", None, STAFF_LIST),
    ("PUT", C + "outline/", {"modules": []}, BUSY),
    ("POST", C + "write/", {}, BUSY),
    ("GET", C + "usage/", None, OWN_ROWS),
    ("GET", C + "export/", None, STAFF_LIST),
    ("GET", C + "search/?q=", None, READERS),
    ("POST", C + "ask/", {"question": ""}, ASKED),
    ("POST", C + "ask/stream/", {"question": ""}, ASKED),
    ("GET", C + "documents/", None, READERS),
    ("GET", C + "documents/{document}/", None, READERS),
    ("GET", C + "documents/{document}/file/", None, STAFF_LIST),
    ("POST", C + "documents/", {}, ((401, 404, 404, 400, 400), (401, 403, 403, 400, 400))),
    ("GET", C + "additions/", None, STAFF_LIST),
    # There is none: who may look for it is told so.
    ("GET", C + "additions/{addition}/", None, ((401, *(404,) * 4), (401, 403, 403, 404, 404))),
    (
        "POST",
        C + "additions/{addition}/accept/",
        {},
        ((401, *(404,) * 4), (401, 403, 403, 404, 404)),
    ),
    (
        "POST",
        C + "additions/{addition}/decline/",
        {},
        ((401, *(404,) * 4), (401, 403, 403, 404, 404)),
    ),
    ("GET", C + "figures/", None, READERS),
    ("GET", C + "figures/{figure}/", None, READERS),
    ("PATCH", C + "figures/{figure}/", {"used": False}, EDIT),
    ("GET", C + "figures/{figure}/picture/", None, READERS),
    ("GET", C + "modules/", None, READERS),
    ("GET", C + "modules/{module}/", None, READERS),
    ("PATCH", C + "modules/{module}/", {"title": "New"}, EDIT),
    ("GET", C + "topics/", None, READERS),
    ("GET", C + "topics/{topic}/", None, READERS),
    ("PATCH", C + "topics/{topic}/", {"title": "New"}, EDIT),
    ("POST", C + "topics/{topic}/approve/", {}, STAFF_LIST),
    ("POST", C + "topics/{topic}/regenerate/", {}, BUSY),
    ("GET", C + "passages/", None, STAFF_LIST),
    ("GET", C + "passages/{passage}/", None, STAFF_LIST),
    ("GET", C + "key-terms/", None, READERS),
    ("GET", C + "revisions/", None, STAFF_LIST),
    ("GET", C + "revisions/{revision}/", None, STAFF_LIST),
    ("POST", C + "revisions/{revision}/accept/", {}, EDIT),
    ("POST", C + "revisions/{revision}/decline/", {}, EDIT),
    ("POST", C + "revisions/{revision}/restore/", {}, EDIT),
    ("POST", C + "quizzes/", {"week": 1}, BUSY),
    ("GET", "/api/quizzes/", None, EVERYBODY),
    ("GET", "/api/quizzes/{quiz}/", None, READERS),
    ("PATCH", "/api/quizzes/{quiz}/", {"title": "New"}, EDIT),
    ("GET", "/api/quizzes/{quiz}/composition/", None, STAFF_LIST),
    ("POST", "/api/quizzes/{quiz}/attempts/", {}, ((401, 404, 404, 201, 201), (401, *(201,) * 4))),
    ("GET", "/api/questions/", None, EVERYBODY),
    ("POST", "/api/questions/", {"quiz": 0}, ((401, 403, 400, 400, 400),) * 2),
    ("GET", "/api/questions/{question}/", None, OWN_ROWS),
    ("PATCH", "/api/questions/{question}/", {"stem": "New?"}, OWN_EDIT),
    ("POST", "/api/questions/{question}/approve/", {}, OWN_ACT),
    (
        "POST",
        "/api/questions/{question}/regenerate/",
        {},
        ((401, 403, 404, 409, 409),) * 2,
    ),
    ("POST", "/api/questions/{question}/reject/", {"reason": "Dull."}, OWN_ACT),
    ("GET", "/api/attempts/", None, EVERYBODY),
    ("GET", "/api/attempts/{attempt}/", None, OWN_ROWS),
    ("POST", "/api/attempts/{attempt}/submit/", {"answers": {}}, ((401, *(404,) * 4),) * 2),
    ("GET", "/api/practice/", None, EVERYBODY),
    ("GET", "/api/practice/plan/", None, EVERYBODY),
    ("PUT", "/api/practice/plan/", {"new_per_day": 5, "shows_streak": False}, EVERYBODY),
    ("GET", "/api/readings/", None, EVERYBODY),
    ("PUT", "/api/readings/{topic}/", {"is_read": True}, READERS),
    ("GET", "/api/notes/", None, EVERYBODY),
    ("POST", "/api/notes/", {"topic": 0}, ((401, *(400,) * 4),) * 2),
    ("GET", "/api/notes/{note}/", None, ((401, *(404,) * 4),) * 2),
    ("PATCH", "/api/notes/{note}/", {"text": "New"}, ((401, *(404,) * 4),) * 2),
    ("DELETE", "/api/notes/{note}/", None, ((401, *(404,) * 4),) * 2),
    ("GET", "/api/cards/", None, EVERYBODY),
    # Of "taker": not even the course's teacher sees them.
    ("GET", "/api/cards/{card}/", None, ((401, *(404,) * 4),) * 2),
    ("POST", "/api/cards/{card}/review/", {"rating": 3}, ((401, *(404,) * 4),) * 2),
    ("POST", "/api/cards/{card}/set-aside/", {}, ((401, *(404,) * 4),) * 2),
    ("POST", "/api/attempts/{attempt}/answers/", {"responses": {}}, ((401, *(404,) * 4),) * 2),
    ("POST", "/api/attempts/{attempt}/check/", {"position": 1}, ((401, *(404,) * 4),) * 2),
    ("POST", "/api/quizzes/{quiz}/practice/", {}, ((401, 404, 404, 409, 409), (401, *(409,) * 4))),
    ("GET", "/api/certificates/", None, EVERYBODY),
    ("POST", "/api/certificates/", {}, ((401, *(400,) * 4),) * 2),
    ("GET", "/api/certificates/{certificate}/", None, ((401, *(200,) * 4),) * 2),
    (
        "POST",
        "/api/certificates/{certificate}/revoke/",
        {"reason": "A mistake."},
        ((401, 404, 404, 200, 200), (401, 403, 403, 200, 200)),
    ),
    ("GET", "/api/jobs/", None, EVERYBODY),
    ("GET", "/api/jobs/{job}", None, OWN_ROWS),
    ("GET", "/api/jobs/{job}/steps/", None, OWN_ROWS),
    ("GET", "/api/jobs/{job}/events", None, OWN_ROWS),
    ("POST", "/api/jobs/{job}/cancel/", {}, OWN_ROWS),
    ("POST", "/api/jobs/{job}/retry/", {}, ((401, 404, 404, 409, 409),) * 2),
    ("GET", "/api/tokens/", None, EVERYBODY),
    ("POST", "/api/tokens/", {}, ((401, *(400,) * 4),) * 2),
    ("DELETE", "/api/tokens/{token}/", None, ((401, *(404,) * 4),) * 2),
    ("GET", "/api/webhooks/", None, ((401, 403, 200, 200, 200),) * 2),
    ("POST", "/api/webhooks/", {}, ((401, 403, 400, 400, 400),) * 2),
    ("GET", W, None, MY_READ),
    ("PATCH", W, {"description": "New"}, MY_EDIT),
    ("DELETE", W, None, MY_EDIT),
    ("POST", W + "test/", {}, MY_SEND),
    ("POST", W + "rotate-secret/", {}, MY_READ),
    ("GET", W + "deliveries/", None, MY_READ),
    ("GET", W + "deliveries/{delivery}/", None, MY_READ),
    ("POST", W + "deliveries/{delivery}/redeliver/", {}, MY_SEND),
    ("GET", "/api/course", None, EVERYBODY),
    ("GET", "/api/course/{course}", None, READERS),
    ("GET", "/api/quiz/{quiz}", None, READERS),
    ("POST", "/api/quiz/generate-module", {"course_id": 0}, ((401, *(400,) * 4),) * 2),
    ("POST", "/api/quiz/generate-course", {"course_id": 0}, ((401, *(400,) * 4),) * 2),
    ("POST", "/api/quiz/submit", {"quiz_id": 0}, ((401, *(400,) * 4),) * 2),
]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


@pytest.mark.parametrize("status", [CourseStatus.DRAFT, CourseStatus.PUBLISHED])
def test_everybody_is_answered_what_the_table_says(status: CourseStatus) -> None:
    names = make_world(status).names
    people = [person(name) for name in PEOPLE]
    found, told = {}, {}
    for method, address, body, expected in TABLE:
        cache.clear()
        path = address.format(**names)
        asked = [asked_for_nothing(api, method, path, body) for api in people]
        found[method, address] = tuple(asked)
        told[method, address] = expected[status == CourseStatus.PUBLISHED]
    assert found == told


def asked_for_nothing(api: APIClient, method: str, path: str, body: object) -> int:
    """The status of an answer whose effects are undone, so that the next asks the same world."""
    forms = ("/api/courses/", "/api/upload-pdfs")
    form = "multipart" if body == {} and path in forms else "json"
    with transaction.atomic():
        answer = getattr(api, method.lower())(path, body, format=form)
        transaction.set_rollback(True)
    status: int = answer.status_code
    if answer.streaming:
        for close in answer._resource_closers:
            close()
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "code", "detail"} <= set(answer.json())
        assert answer.json()["status"] == status
    return status


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_other_methods_are_refused(method: str) -> None:
    names, editor = make_world(CourseStatus.PUBLISHED).names, person("editor")
    ours = {address for one, address, _, _ in TABLE if one == method}
    others = sorted({address for _, address, _, _ in TABLE} - ours)
    found = {}
    for address in others:
        answer = getattr(editor, method.lower())(address.format(**names), {}, format="json")
        found[address] = (answer.status_code, "Allow" in answer.headers)
    assert found == dict.fromkeys(others, (405, True))


def test_the_table_names_every_address() -> None:
    known = {_plain(address) for _, address, _, _ in TABLE}
    there = {_plain(path) for path in _addresses(get_resolver().url_patterns, "/")}
    others = {"/api/token/", "/api/schema/", "/api/docs/", "/api/"}
    assert {path for path in there if path.startswith("/api/")} - others == known


def _plain(address: str) -> str:
    """Without what stands for something."""
    named = r"\(\?P<\w+>.*?\)(?=/|$)|\{\w+\}|<[^>]+>"
    return re.sub(named, "*", address.removesuffix("?q="))


def _addresses(patterns: list[URLPattern | URLResolver], prefix: str) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver):
            found += _addresses(pattern.url_patterns, path)
        else:
            found.append(path)
    return found
