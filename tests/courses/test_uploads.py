"""Asking for a course: what is checked, stored and queued before anything is parsed."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from courses.models import Course, CourseStatus, SourceDocument
from courses.services import request_course
from engine.reading.document import DocumentRejectedError
from jobs.models import Job
from tests.factories import make_teacher
from tests.pdfs import make_pdf, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


def stored_files() -> list[str]:
    try:
        return default_storage.listdir("documents")[1]
    except FileNotFoundError:
        return []


def test_a_request_stores_the_files_and_queues_the_job() -> None:
    teacher = make_teacher()
    files = [upload(), upload(make_pdf([("Lakes", "A lake is still water.")]), "lakes.pdf")]
    made = request_course(files=files, title=" Water \n ways", requested_by=teacher)
    assert (made.course.title, made.course.status) == ("Water ways", CourseStatus.GENERATING)
    assert (made.course.owner, made.job.requested_by, made.course.job) == (
        teacher,
        teacher,
        made.job,
    )
    keys = list(made.job.steps.values_list("stage", flat=True))
    assert keys == ["extract", "index", "extract", "index", "outline"]
    assert OrmQ.objects.count() == 2
    assert len(stored_files()) == 2
    assert made.notice == ""


def test_the_title_comes_from_the_first_file_if_none_is_given() -> None:
    made = request_course(files=[upload(name="river_and-lake notes.pdf")])
    assert made.course.title == "River and lake notes"


def test_the_name_in_storage_is_ours() -> None:
    request_course(files=[upload(name="../../etc/passwd.pdf")])
    document = SourceDocument.objects.get()
    assert document.original_name == "passwd.pdf"
    assert "passwd" not in str(document.file.name)
    assert len(document.sha256) == 64
    assert document.bytes == len(make_pdf())


def test_the_same_bytes_are_used_once_and_said_so() -> None:
    made = request_course(files=[upload(), upload(name="copy.pdf")])
    assert made.course.documents.count() == 1
    assert made.repeated == ("copy.pdf",)
    assert "copy.pdf" in made.notice


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\0\1 no text at all", "unsupported_kind"),
        (b"PK\x03\x04" + b"\0" * 200, "unsupported_kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "unsupported_kind"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_nothing_is_kept(
    content: bytes, code: str
) -> None:
    with pytest.raises(DocumentRejectedError, match=r"bad\.pdf") as caught:
        request_course(files=[upload(), upload(content, "bad.pdf")])
    assert caught.value.code == code
    assert nothing_is_kept()


def test_a_file_over_the_limit_is_refused(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(DocumentRejectedError, match=r"rivers\.pdf") as caught:
        request_course(files=[upload()])
    assert caught.value.code == "too_large"
    assert nothing_is_kept()


def test_no_file_is_refused() -> None:
    with pytest.raises(DocumentRejectedError, match="at least one"):
        request_course(files=[])


def test_a_title_of_control_characters_is_refused_and_no_file_is_left() -> None:
    with pytest.raises(ValidationError, match="title"):
        request_course(files=[upload()], title="\x00\x1b")
    assert nothing_is_kept()


def test_a_long_title_is_cut() -> None:
    assert len(request_course(files=[upload()], title="x" * 900).course.title) == 255


def nothing_is_kept() -> bool:
    rows = Course.objects.exists() or Job.objects.exists() or OrmQ.objects.exists()
    return not rows and not stored_files()
