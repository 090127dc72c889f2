"""A bucket that takes connections and says nothing, and the share of threads that may wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from botocore.config import Config
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from common import outside_calls
from common.outside_calls import OutsideBusyError, outside_call
from courses.models import DirectUpload
from profai.settings.cloud import s3_storage
from tests.api.world import client
from tests.factories import make_superuser
from tests.pdfs import make_pdf, upload


@pytest.fixture
def silent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The production's storage, at an address where nobody answers, with shorter limits."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    storage = s3_storage("files")
    config: Config = storage["OPTIONS"]["client_config"]
    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries["total_max_attempts"] == 2
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        storage["OPTIONS"]["endpoint_url"] = address
        storage["OPTIONS"]["client_config"] = config.merge(Config(read_timeout=0.2))
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        yield


@pytest.fixture
def api() -> APIClient:
    return client(make_superuser())


@pytest.mark.django_db
def test_a_store_that_hangs_is_said_in_words(silent: None, api: APIClient) -> None:
    body = {"name": "notes.pdf", "size": len(make_pdf()), "sha256": "0" * 64}
    # Signing asks nobody.
    assert api.post("/api/uploads/", body, format="json").status_code == 201
    asked = {"uploads": [str(DirectUpload.objects.get().pk)]}
    answers = [
        api.post("/api/courses/", asked, format="json"),
        api.post("/api/courses/", {"files": [upload()]}, format="multipart"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_away")
        assert "Try again in a minute" in answer.json()["detail"]
    staff = Client()
    staff.force_login(make_superuser("other"))
    page = staff.post(reverse("admin:courses_course_add"), {"documents": [upload()], "title": "x"})
    assert (page.status_code, "Try again in a minute" in page.text) == (200, True)


@pytest.fixture
def two_threads() -> Iterator[None]:
    outside_calls.share_threads(2)
    yield
    outside_calls.share_threads(0)


def test_half_of_the_threads_wait_for_others_and_no_more(two_threads: None) -> None:
    refused: list[Exception] = []

    def call() -> None:
        try:
            with outside_call():
                pass
        except OutsideBusyError as error:
            refused.append(error)

    with outside_call() as seconds, outside_call() as within:
        assert seconds == within == outside_calls.PAGE_SECONDS
        thread = Thread(target=call)
        thread.start()
        thread.join()
    assert len(refused) == 1
    with outside_call():
        pass


def test_nobody_waits_for_workers() -> None:
    with outside_call() as seconds:
        assert seconds is None
