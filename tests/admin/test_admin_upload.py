"""Asking for a course by uploading its documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from courses.models import Course
from jobs.models import Job

PDF = b"%PDF-1.7\n% a head is all that is looked at while the file is taken in\n"


def upload(client: Client, *files: tuple[str, bytes], title: str = "") -> Any:
    return client.post(
        reverse("admin:courses_course_add"),
        {"title": title, "documents": [SimpleUploadedFile(name, data) for name, data in files]},
        follow=True,
    )


def test_an_upload_makes_a_course_and_leads_to_its_job(as_teacher: Client, teacher: User) -> None:
    files = (("the_water-cycle.pdf", PDF), ("lakes.pdf", PDF + b"2"))
    response = upload(as_teacher, *files)
    course, job = Course.objects.get(), Job.objects.get()
    assert response.redirect_chain == [(reverse("admin:jobs_job_change", args=[job.pk]), 302)]
    assert (course.title, course.owner, course.job) == ("The water cycle", teacher, job)
    assert course.documents.count() == 2
    assert "is being made" in response.text
    assert job.requested_by == teacher


def test_a_title_can_be_given(as_teacher: Client) -> None:
    upload(as_teacher, ("a.pdf", PDF), title="  Water  ")
    assert Course.objects.get().title == "Water"


def test_a_repeated_file_is_named_in_a_warning(as_teacher: Client) -> None:
    response = upload(as_teacher, ("a.pdf", PDF), ("copy.pdf", PDF))
    assert "used once: copy.pdf" in response.text
    assert Course.objects.get().documents.count() == 1


def test_a_file_that_cannot_be_read_is_named_in_the_form(
    as_teacher: Client, tmp_path: Path
) -> None:
    response = upload(as_teacher, ("a.pdf", PDF), ("page.pdf", b"\x89PNG\r\n"))
    errors = response.context["form"].errors["documents"]
    assert errors[0].startswith("page.pdf: This is a picture; ProfAI reads PDF, Word, PowerPoint, ")
    assert "page.pdf" in response.text
    assert not Course.objects.exists()
    assert not Job.objects.exists()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_an_empty_file_is_named_in_the_form(as_teacher: Client) -> None:
    response = upload(as_teacher, ("nothing.pdf", b""))
    assert response.context["form"].errors["documents"][0].startswith("nothing.pdf: ")


def test_a_file_over_the_limit_is_named_in_the_form(as_teacher: Client, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    response = upload(as_teacher, ("big.pdf", PDF + b"x" * 1024 * 1024))
    error = response.context["form"].errors["documents"][0]
    assert "big.pdf: The file is larger than 1 MB" in error


def test_ids_of_files_that_are_not_there_are_refused(as_teacher: Client, s3: Any) -> None:
    for sent, words in ((str(uuid4()), "You have no upload"), ("x", "choose them again")):
        answer = as_teacher.post(reverse("admin:courses_course_add"), {"sent": sent})
        assert words in answer.text
    assert not Course.objects.exists()


def test_without_a_bucket_the_form_takes_no_ids(as_teacher: Client) -> None:
    answer = as_teacher.post(reverse("admin:courses_course_add"), {"sent": str(uuid4())})
    assert "Choose at least one file" in answer.text


def test_no_file_at_all_is_an_error(as_teacher: Client) -> None:
    response = upload(as_teacher, title="Water")
    assert response.context["form"].errors["documents"] == [
        "Choose at least one file, or give a web address."
    ]
    assert not Course.objects.exists()


def test_a_title_of_invisible_characters_is_an_error(as_teacher: Client) -> None:
    response = upload(as_teacher, ("a.pdf", PDF), title="\u202e\u200f")
    assert response.context["form"].errors["title"] == ["Give the course a title."]
    assert not Course.objects.exists()


def test_a_title_that_is_too_long_is_an_error(as_teacher: Client) -> None:
    response = upload(as_teacher, ("a.pdf", PDF), title="x" * 300)
    assert "255" in response.context["form"].errors["title"][0]


def test_the_form_states_the_limits(as_teacher: Client, settings: Settings) -> None:
    settings.UPLOAD_MAX_PAGES = 1234
    assert "1234 pages" in as_teacher.get(reverse("admin:courses_course_add")).text


def test_the_upload_needs_its_permission(db: None) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="change_course"))
    client = Client()
    client.force_login(viewer)
    assert client.get(reverse("admin:courses_course_add")).status_code == 403
    assert upload(client, ("a.pdf", PDF)).status_code == 403
    assert not Course.objects.exists()
    assert "Make a course from documents" not in client.get(reverse("admin:index")).text


def test_too_many_files_are_answered_with_a_page_that_says_how_many(
    teacher: User, settings: Settings
) -> None:
    """Django refuses them before the form sees them, while it checks the form's token."""
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(teacher)
    address = reverse("admin:courses_course_add")
    browser.get(address)
    files = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(3)]
    token = browser.cookies["csrftoken"].value
    answer = browser.post(address, {"csrfmiddlewaretoken": token, "documents": files})
    assert answer.status_code == 400
    assert "Send at most 2 files at a time." in answer.text
    assert "site-header" in answer.text
    assert teacher.get_username() in answer.text
    assert not Course.objects.exists()
