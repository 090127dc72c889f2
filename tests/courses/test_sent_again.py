"""An upload that is sent again, by a client that did not hear the first answer."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import connection
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from common.idempotency import KeyReusedError
from courses.models import Course, SourceDocument
from courses.services import CourseStateError, request_course
from jobs.models import Job
from tests.factories import make_teacher
from tests.pdfs import RIVERS, make_pdf, upload


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def ask(user: User, key: str = "k1", **values: object) -> Job:
    return request_course(files=[upload()], requested_by=user, key=key, **values).job  # type: ignore[arg-type] # passed on as they are


@pytest.mark.django_db
def test_the_same_request_gives_the_same_job() -> None:
    teacher = make_teacher()
    assert ask(teacher) == ask(teacher)
    assert ask(teacher, "k2") != ask(teacher)
    assert ask(teacher, "") != ask(teacher, "")
    assert ask(make_teacher("other")) != ask(teacher)
    assert Course.objects.count() == 5


@pytest.mark.django_db
def test_another_request_with_the_same_key_is_refused() -> None:
    teacher = make_teacher()
    ask(teacher)
    with pytest.raises(KeyReusedError):
        ask(teacher, title="Another title")
    with pytest.raises(KeyReusedError):
        request_course(files=[upload(make_pdf(RIVERS[:1]))], requested_by=teacher, key="k1")
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_the_request_of_a_deleted_course_is_not_made_again_in_silence() -> None:
    teacher = make_teacher()
    ask(teacher)
    Course.objects.all().delete()
    with pytest.raises(CourseStateError, match="another key"):
        ask(teacher)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 256, "two\nlines", " edge "])
def test_a_key_that_cannot_be_stored_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        ask(make_teacher(), key)


@pytest.mark.django_db
def test_the_api_takes_the_key_from_the_header() -> None:
    api = APIClient()
    api.force_login(make_teacher())

    def post(title: str) -> tuple[int, str]:
        answer = api.post(
            "/api/upload-pdfs",
            {"files": [upload()], "course_title": title},
            headers={"Idempotency-Key": "k1"},
        )
        return answer.status_code, answer.json().get("job_id") or answer.json()["code"]

    first = post("Rivers")
    assert first == post("Rivers")
    assert first[0] == 202
    assert post("Lakes") == (422, "key_reused")


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_at_once_make_one_course() -> None:
    teacher, jobs = make_teacher(), set()
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        try:
            jobs.add(ask(teacher).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs) == 1
    assert Course.objects.count() == SourceDocument.objects.count() == 1
    assert len(default_storage.listdir("documents")[1]) == 1
