"""Requests that no honest client sends, and errors that nobody foresaw: always JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.models import CourseStatus
from jobs.models import Job
from profai.api import handle_error
from tests.api.world import make_world
from tests.factories import PASSWORD, make_course, make_learner, make_superuser, make_teacher
from tests.pdfs import make_pdf, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    # Tests of limits before these leave their counters.
    cache.clear()


def learner() -> APIClient:
    api = APIClient()
    api.force_login(make_learner())
    return api


def browser_with_a_token() -> Client:
    """A teacher's, logged in by session, which makes the API check the form's token."""
    make_teacher("ann")
    browser = Client(enforce_csrf_checks=True)
    browser.login(username="ann", password=PASSWORD)
    browser.get("/account/tokens/")
    return browser


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(PermissionDenied(), 403, "permission_denied"), (Http404(), 404, "not_found")],
)
def test_errors_of_django_have_codes(error: Exception, status: int, code: str) -> None:
    answer = handle_error(error, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (status, code)


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_too_many_files_from_a_browser_are_refused_in_words(
    settings: Settings, accept: str
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    browser = browser_with_a_token()
    token = browser.cookies["csrftoken"].value
    data = {"csrfmiddlewaretoken": token, "files": [upload(name=f"{n}.pdf") for n in range(3)]}
    answer = browser.post("/api/upload-pdfs", data, headers={"accept": accept})
    assert answer.status_code == 400
    assert "at most 2 files" in answer.content.decode()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=\u00e9"]
)
def test_a_bad_form_body_is_refused(content_type: str) -> None:
    browser = browser_with_a_token()
    answer = browser.post("/api/upload-pdfs", b"--x", content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    page = browser.post("/login/", b"--x", content_type=content_type)
    assert page.status_code == 400
    assert "malformed" in page.content.decode()
    assert "site-header" in page.content.decode()


def test_a_host_that_is_not_ours_is_refused_as_json_below_the_api_only(
    settings: Settings,
) -> None:
    settings.ALLOWED_HOSTS = ["here"]
    answer = Client().get("/api/courses/", headers={"host": "there"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    page = Client().get("/login/", headers={"host": "there"})
    assert page.status_code == 400
    assert "This could not be accepted" in page.content.decode()


def test_too_many_fields_are_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    api = APIClient()
    api.force_login(make_teacher())
    answer = api.post("/api/upload-pdfs", {"files": [upload()], "a": 1, "b": 2, "c": 3})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/courses/%00/", 404),
        ("/api/courses/a%00b/publish/", 404),
        ("/api/courses/%00/topics/1/", 404),
        ("/api/courses/?status=%00", 400),
        ("/api/courses/?status=unheard-of", 400),
        ("/api/courses/?page=%00", 404),
        ("/api/quizzes/?course=%00", 400),
        ("/api/quizzes/%00/", 404),
        ("/api/quizzes/99999999999999999999999/", 404),
        ("/api/attempts/%00/", 404),
        ("/api/jobs/%00", 404),
        ("/api/", 404),
        ("/api/nothing", 404),
    ],
)
def test_nothing_in_an_address_is_an_error_of_ours(address: str, status: int) -> None:
    method = "post" if "publish" in address else "get"
    answer = getattr(learner(), method)(address)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if status >= 400:
        assert {"code", "detail"} <= set(answer.json())


def test_the_document_has_the_version_that_it_has() -> None:
    answer = Client().get("/api/schema/?version=x%0d%0aSet-Cookie:%20a=b")
    assert answer.status_code == 400
    assert "Content-Disposition" not in answer.headers
    plain = Client().get("/api/schema/")
    assert plain["Content-Disposition"] == 'inline; filename="ProfAI.yaml"'


HALF = '"\\ud800"'


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/tokens/", '{"name": "x", "scopes": [%s]}'),
        ("/api/tokens/", '{"name": "x", "scopes": ["jobs:read"], "expires_in_days": %s}'),
        ("/api/webhooks/", '{"url": "https://1.1.1.1/", "events": [%s]}'),
        ("/api/webhooks/", '{"url": "https://1.1.1.1/", "events": [], %s: 1}'),
        ("/api/token/", '{"username": %s, "password": "x"}'),
        ("/api/quiz/submit", '{"quiz_id": 1, "answers": {%s: "A"}}'),
    ],
)
def test_half_a_character_is_the_clients_mistake(address: str, body: str) -> None:
    """An answer that quotes it as no choice could not be sent."""
    api = APIClient()
    api.force_login(make_teacher())
    answer = api.generic("POST", address, body % HALF, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert "surrogate" in answer.json()["detail"]
    whole = body % '"\\ud83d\\ude00"'
    assert api.generic("POST", address, whole, "application/json").json()["code"] != "parse_error"


def test_a_body_may_begin_with_the_mark_of_utf_8() -> None:
    """PowerShell and editors on Windows write it."""
    api, course = APIClient(), make_course()
    api.force_login(make_superuser())
    address = f"/api/courses/{course.slug}/"
    version = {"If-Match": api.get(address)["ETag"]}
    body = '\ufeff{"title": "Flüsse"}'.encode()
    answer: Any = api.patch(address, body, content_type="application/json", headers=version)
    assert (answer.status_code, answer.json()["title"]) == (200, "Flüsse")
    odd: Any = api.patch(address, b"\xff\xfe{}", content_type="application/json", headers=version)
    assert (odd.status_code, odd.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("number", ["9" * 4300, "-" + "9" * 4300, "1000", "-1", "1e999"])
def test_no_choice_has_a_number_without_end(number: str) -> None:
    world = make_world(CourseStatus.PUBLISHED)
    api = APIClient()
    api.force_login(world.attempt.learner)
    body = f'{{"answers": {{"1": {number}}}}}'
    address = f"/api/attempts/{world.attempt.pk}/submit/"
    answer = api.generic("POST", address, body, "application/json")
    assert (answer.status_code, "answers" in answer.json()["fields"]) == (400, True)
    assert api.post(address, {"answers": {"9" * 7: 0}}, format="json").status_code == 400
    page = f"/attempts/{world.attempt.pk}/questions/"
    shown = api.post(page, {"question-1": number})
    assert shown.status_code == 400
    world.attempt.refresh_from_db()
    assert world.attempt.submitted_at is None


def test_a_choice_without_a_text_is_none() -> None:
    """A change of a question may leave things out; its choices are replaced as they come."""
    world = make_world()
    api = APIClient()
    api.force_login(User.objects.get(username="teacher"))
    answer = api.patch(
        f"/api/questions/{world.names['question']}/", {"choices": [{}, {"text": "b"}]},
        format="json", headers={"if-match": "*"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json()["fields"]["choices"]["0"] == {"text": ["Give each choice a text."]}


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_nul_in_a_login_is_refused(field: str) -> None:
    data = {"username": "ann", "password": PASSWORD, field: "a\0b"}
    answer = APIClient().post("/api/token/", data, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_nul_in_a_file_name_is_no_error_of_ours() -> None:
    api = APIClient()
    api.force_login(make_teacher())
    files = [SimpleUploadedFile("a\0b.pdf", make_pdf())]
    assert api.post("/api/upload-pdfs", {"files": files}).status_code in (202, 400)


def broken(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("told to nobody")


def test_an_unforeseen_error_is_json_below_the_api_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_learner())
    monkeypatch.setattr("courses.api.views.visible_courses", broken)
    answer = client.get("/api/courses/")
    assert answer.status_code == 500
    assert answer.json()["code"] == "error"
    assert "told to nobody" not in answer.content.decode()
    monkeypatch.setattr("django.contrib.auth.views.LoginView.dispatch", broken)
    page = client.get("/login/")
    assert page.status_code == 500
    assert page["Content-Type"].startswith("text/html")


def test_an_unknown_page_stays_a_page() -> None:
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_published_course_is_not_for_others_to_publish() -> None:
    course = make_course(owner=make_teacher(), status=CourseStatus.PUBLISHED)
    for person in (make_learner(), make_teacher("other")):
        api = APIClient()
        api.force_login(person)
        answer = api.post(f"/api/courses/{course.slug}/publish/")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert Job.objects.count() == 0


def test_the_quiz_list_reads_no_questions(django_assert_max_num_queries: Any) -> None:
    make_course(status=CourseStatus.PUBLISHED)
    api = learner()
    with django_assert_max_num_queries(30) as queries:
        assert api.get("/api/quizzes/").status_code == 200
    read = [query["sql"] for query in queries.captured_queries]
    assert not [sql for sql in read if '"stem"' in sql or '"quizzes_choice"' in sql]
