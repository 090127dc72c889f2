"""The upload form in a browser: files go to S3 past the web server where there is one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from courses.models import Course, DirectUpload, SourceDocument
from tests.browser import NewPage, chromium, log_in, new_page
from tests.factories import make_teacher
from tests.pdfs import make_pdf
from tests.waiting import LONG

__all__ = ["chromium", "new_page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
FILES = [
    FilePayload(name="rivers.pdf", mimeType="application/pdf", buffer=make_pdf()),
    FilePayload(name="page.pdf", mimeType="application/pdf", buffer=make_pdf() + b"\n"),
]
EMPTY = FilePayload(name="empty.pdf", mimeType="application/pdf", buffer=b"")


@pytest.fixture
def bucket(s3: Any, s3_address: str, settings: Settings) -> Any:
    """A bucket that pages may send files to, as production allows it."""
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["connect-src"].append(s3_address)
    settings.CONTENT_SECURITY_POLICY = policy
    return s3


@pytest.fixture
def page(new_page: NewPage, live_server: LiveServer) -> Page:
    make_teacher()
    page = new_page(base_url=live_server.url)
    page.goto(reverse("admin:courses_course_add"))
    log_in(page, "teacher")
    return page


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Files").set_input_files(list(files))


def went_past_the_server() -> list[bool]:
    """Returns for each document whether its file is one that was announced to the API."""
    announced = set(DirectUpload.objects.values_list("file", flat=True))
    return [one.file.name in announced for one in SourceDocument.objects.all()]


def make_the_course(page: Page) -> list[str]:
    page.get_by_role("button", name="Make the course").click()
    expect(page.get_by_text("is being made")).to_be_visible(timeout=1000 * LONG)
    documents = SourceDocument.objects.order_by("position")
    return list(documents.values_list("original_name", flat=True))


def test_files_go_to_the_bucket_and_the_form_carries_their_ids(bucket: Any, page: Page) -> None:
    choose(page, *FILES)
    assert make_the_course(page) == ["rivers.pdf", "page.pdf"]
    assert went_past_the_server() == [True, True]
    for document, file in zip(SourceDocument.objects.order_by("position"), FILES, strict=True):
        with default_storage.open(document.file.name or "") as stored:
            assert stored.read() == file["buffer"]
    assert len(list(bucket.objects.all())) == 2


@pytest.mark.slow
def test_a_file_that_the_server_refuses_is_named_and_nothing_is_sent(
    bucket: Any, page: Page
) -> None:
    choose(page, FILES[0], EMPTY)
    page.get_by_role("button", name="Make the course").click()
    expect(page.get_by_role("alert")).to_contain_text("empty.pdf: ", timeout=1000 * LONG)
    expect(page.get_by_role("button", name="Make the course")).to_be_enabled()
    assert not Course.objects.exists()
    choose(page, FILES[0])
    assert make_the_course(page) == ["rivers.pdf"]


@pytest.mark.parametrize(
    "away", [pytest.param("**/files/**", marks=pytest.mark.slow), "**/api/uploads/"]
)
def test_if_the_bucket_cannot_be_reached_the_form_takes_the_files(
    bucket: Any, page: Page, away: str
) -> None:
    page.route(away, lambda route: route.abort())
    choose(page, *FILES)
    assert make_the_course(page) == ["rivers.pdf", "page.pdf"]
    assert went_past_the_server() == [False, False]


@pytest.mark.slow
def test_what_no_form_takes_is_told_if_the_bucket_cannot_be_reached(
    bucket: Any, page: Page, settings: Settings
) -> None:
    settings.UPLOAD_FORM_MAX_BYTES = 1000
    page.reload()
    page.route("**/files/**", lambda route: route.abort())
    choose(page, *FILES)
    page.get_by_role("button", name="Make the course").click()
    expect(page.get_by_role("alert")).to_contain_text("choose at most", timeout=1000 * LONG)
    assert not Course.objects.exists()


def test_without_a_bucket_the_form_takes_the_files(page: Page) -> None:
    choose(page, *FILES)
    assert make_the_course(page) == ["rivers.pdf", "page.pdf"]
    assert not DirectUpload.objects.exists()
