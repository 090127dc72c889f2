"""Stored files on their way out: downloads of one type, whatever they are called or hold."""

from __future__ import annotations

from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from common.files import attachment
from common.security_headers import SEALED
from courses.models import Course
from exchange.models import ImportRun
from tests.factories import make_course, make_superuser
from tests.waiting import LONG

pytestmark = pytest.mark.django_db
HTML = b"<!doctype html><script>alert(document.domain)</script>"
NAMES = [
    "notes.pdf",
    "x.html",
    'a";filename="b.html',
    "a\r\nSet-Cookie: x=1.pdf",
    "\u6c34\u306e\u5faa\u74b0.pdf",
    "\u202efdp.exe",
    "../../etc/passwd",
    "",
    "x" * 150,
]


@pytest.fixture
def chief() -> Client:
    client = Client()
    client.force_login(make_superuser())
    return client


def course_with(name: str) -> Course:
    course = make_course()
    document = course.documents.get()
    document.original_name = name
    document.file.save("stored.pdf", ContentFile(HTML))
    document.save()
    return course


def file_name(disposition: str) -> str | None:
    message = Message()
    message["Content-Disposition"] = disposition
    return message.get_filename()


def test_a_file_that_is_gone_is_not_found(chief: Client) -> None:
    course = course_with("notes.pdf")
    document = course.documents.get()
    run = ImportRun.objects.create(original_name="x.zip")
    run.report.save("report.json", ContentFile(b"{}"))
    for file in (document.file, run.report):
        file.storage.delete(file.name or "")
    addresses = [
        reverse("api-documents-file", args=[course.slug, document.pk]),
        reverse("admin:exchange_importrun_report", args=[run.pk]),
    ]
    for address in addresses:
        assert chief.get(address).status_code == 404
    page = chief.get(reverse("admin:exchange_importrun_change", args=[run.pk]))
    assert page.status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_a_download_of_a_pdf(chief: Client, name: str) -> None:
    course = course_with(name)
    answer: Any = chief.get(
        reverse("api-documents-file", args=[course.slug, course.documents.get().pk])
    )
    assert b"".join(answer) == HTML
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == SEALED
    assert "sandbox" in SEALED
    assert answer["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_names_come_through_whole_and_alone() -> None:
    assert file_name(attachment('a";filename="b.html')) == 'a";filename="b.html'
    assert "%E6%B0%B4" in attachment("\u6c34.pdf")
    for name in NAMES:
        value = attachment(name)
        assert value.isascii()
        assert value.isprintable()


def test_exports_and_reports_are_downloads(chief: Client) -> None:
    course = course_with("a.pdf")
    run = ImportRun.objects.create(source="old", original_name="x.zip")
    run.report.save("r.json", ContentFile(HTML))
    for path in (
        reverse("admin:courses_course_export", args=[course.pk]),
        reverse("api-export", args=[course.slug]),
        reverse("admin:exchange_importrun_report", args=[run.pk]),
    ):
        answer = chief.get(path)
        assert answer["Content-Type"] == "application/json"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"] == SEALED
    answer.close()


def test_nothing_that_is_stored_has_an_address_of_its_own(chief: Client) -> None:
    course = course_with("a.pdf")
    stored = course.documents.get().file.name
    for path in (f"/{stored}", f"/media/{stored}", f"/static/{stored}", f"/static/../{stored}"):
        assert chief.get(path).status_code == 404


def test_from_s3_the_address_forces_the_same(chief: Client, s3: Any) -> None:
    course = course_with('x".html')
    path = reverse("api-documents-file", args=[course.slug, course.documents.get().pk])
    answer = chief.get(path)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "no-store"
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert query["response-content-type"] == ["application/pdf"]
    assert query["response-content-disposition"] == [attachment('x".html')]
    assert int(query["X-Amz-Expires"][0]) <= 3600
    got = httpx.get(answer["Location"], timeout=LONG)
    assert got.content == HTML
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="download", detail=f"GET {path}").count() == 1
    assert default_storage.exists(str(course.documents.get().file.name))


def test_from_s3_a_stranger_gets_no_address(s3: Any) -> None:
    course = course_with("a.pdf")
    path = reverse("api-documents-file", args=[course.slug, course.documents.get().pk])
    assert Client().get(path).status_code == 401
