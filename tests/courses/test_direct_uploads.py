"""Files that go to S3 past the web server, against an emulated S3 over HTTP."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core.files.storage import default_storage
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.cleanup import waste
from courses.models import Course, DirectUpload, SourceDocument
from jobs.models import Job, JobStatus
from tests.api.world import client
from tests.factories import make_learner, make_teacher
from tests.pdfs import make_pdf, upload
from tests.queue import work

pytestmark = pytest.mark.django_db
OTHER = [("Lakes", "A lake is a body of water that is surrounded by land. " * 20)]


@pytest.fixture
def api() -> APIClient:
    return client(make_teacher())


def announce(api: APIClient, content: bytes, name: str = "notes.pdf", **headers: str) -> Any:
    body = {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
    return api.post("/api/uploads/", body, format="json", headers=headers)


def send(offer: dict[str, Any], content: bytes) -> int:
    return httpx.request(
        offer["method"], offer["url"], headers=offer["headers"], content=content
    ).status_code


def sent(api: APIClient, content: bytes, name: str = "notes.pdf") -> str:
    offer = announce(api, content, name).json()
    assert send(offer, content) == 200
    id_: str = offer["id"]
    return id_


def ask(api: APIClient, *ids: str, **headers: str) -> Any:
    return api.post("/api/courses/", {"uploads": ids}, format="json", headers=headers)


def test_a_course_is_made_of_a_file_that_went_to_s3(s3: Any, api: APIClient, chroma: int) -> None:
    content = make_pdf()
    answer = announce(api, content)
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert send(answer.json(), content) == 200
    asked = ask(api, answer.json()["id"])
    assert asked.status_code == 202
    assert work(Job.objects.get()).status == JobStatus.COMPLETED
    document = SourceDocument.objects.get()
    assert (document.original_name, document.bytes) == ("notes.pdf", len(content))
    assert [entry.key for entry in s3.objects.all()] == [f"dev/{document.file.name}"]
    assert api.get(f"/api/courses/{Course.objects.get().slug}/").json()["status"] == "draft"


def test_one_file_that_was_sent_and_one_that_comes_along(s3: Any, api: APIClient) -> None:
    id_ = sent(api, make_pdf(OTHER), "other.pdf")
    answer = api.post("/api/courses/", {"files": [upload()], "uploads": [id_]}, format="multipart")
    assert answer.status_code == 202
    names = SourceDocument.objects.order_by("position").values_list("original_name", flat=True)
    assert len(names) == 2
    assert names[1] == "other.pdf"


def test_the_address_is_good_for_this_file_only(s3: Any, api: APIClient) -> None:
    url = announce(api, make_pdf()).json()["url"]
    for part in (
        "X-Amz-Expires=900",
        "content-length",
        "content-type",
        "x-amz-checksum-sha256",
        "x-amz-server-side-encryption",
        "/files/dev/documents/",
    ):
        assert part in url


def test_the_same_request_with_the_same_key_is_the_same_upload(s3: Any, api: APIClient) -> None:
    key = {"Idempotency-Key": "k"}
    content = make_pdf()
    first, second = (announce(api, content, **key).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert DirectUpload.objects.count() == 1
    other = announce(api, content + b" ", **key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    send(first, content)
    jobs = {ask(api, first["id"], **key).json()["job_id"] for _ in range(2)}
    assert len(jobs) == 1
    assert Course.objects.count() == 1


def test_an_upload_makes_one_course(s3: Any, api: APIClient) -> None:
    id_ = sent(api, make_pdf())
    assert ask(api, id_).status_code == 202
    again = ask(api, id_)
    assert (again.status_code, again.json()["code"]) == (400, "upload_used")
    # What is used is not taken away by a refusal.
    assert default_storage.exists(SourceDocument.objects.get().file.name or "")


def test_what_cannot_be_used_is_refused_in_words(s3: Any, api: APIClient) -> None:
    content = make_pdf()
    missing = announce(api, content).json()["id"]
    foreign = sent(client(make_teacher("other")), content)
    no_pdf = sent(api, b"GIF89a" * 200)
    for id_, code in (
        (missing, "upload_missing"),
        (foreign, "upload_unknown"),
        (str(uuid4()), "upload_unknown"),
        (no_pdf, "unsupported_kind"),
    ):
        answer = ask(api, id_)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert ask(api).json()["fields"] == {
        "files": ["Send at least one file, or the address of a web page."]
    }
    assert ask(api, "x").status_code == 400
    assert not Course.objects.exists()


def test_what_was_put_there_otherwise_is_not_taken(s3: Any, api: APIClient) -> None:
    """Somebody with access to the bucket, or a store that checks nothing."""
    content = make_pdf()
    upload = DirectUpload.objects.get(pk=announce(api, content).json()["id"])
    for body in (content + b"more", bytes(len(content))):
        s3.put_object(Key=f"dev/{upload.file}", Body=body, ChecksumAlgorithm="SHA256")
        answer = ask(api, str(upload.pk))
        assert (answer.status_code, answer.json()["code"]) == (400, "upload_differs")


def test_a_file_that_could_not_be_used_is_refused_before_it_is_sent(
    s3: Any, api: APIClient, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    assert announce(api, bytes(1001)).json()["code"] == "too_large"
    assert announce(api, b"").json()["code"] == "empty_file"
    wrong = {"name": "a.pdf", "size": 5, "sha256": "0" * 63}
    answer = api.post("/api/uploads/", wrong, format="json")
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"sha256"})


def test_who_may_make_no_course_may_announce_nothing(s3: Any) -> None:
    assert announce(APIClient(), make_pdf()).status_code == 401
    assert announce(client(make_learner()), make_pdf()).status_code == 403


def test_without_s3_the_answer_says_what_to_do(api: APIClient) -> None:
    answer = announce(api, make_pdf())
    assert (answer.status_code, answer.json()["code"]) == (409, "direct_upload_unavailable")
    assert "POST /api/courses/" in answer.json()["detail"]
    assert ask(api, str(uuid4())).status_code == 409


def test_what_was_announced_and_never_used_is_cleaned_up(
    s3: Any, api: APIClient, settings: Settings, chroma: int
) -> None:
    used, unused = sent(api, make_pdf()), sent(api, make_pdf(OTHER))
    ask(api, used)
    DirectUpload.objects.update(created_at="2020-01-01T00:00Z")
    settings.CLEANUP_UPLOADS *= 0
    for found in waste():
        found.remove()
    assert not DirectUpload.objects.exists()
    (kept,) = s3.objects.all()
    assert kept.key == f"dev/{SourceDocument.objects.get().file.name}"
    assert unused
