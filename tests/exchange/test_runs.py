"""Imports that staff ask for in the admin, and the merging of learners."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from courses.models import Course
from exchange.course_files.course import export_course
from exchange.models import ImportRun
from exchange.old_json.learners import MergeError, merge_learner
from jobs.models import Job, JobStatus
from quizzes.models import Attempt
from tests.exchange.old import Old, counts, course, submission
from tests.factories import give, make_course, make_learner, make_superuser, make_teacher
from tests.queue import work

pytestmark = pytest.mark.django_db

ADD = "admin:exchange_importrun_add"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(make_superuser())
    return client


def packed(old: Old) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in old.folder.rglob("*.json"):
            archive.write(path, path.relative_to(old.folder))
    return file.getvalue()


def upload(client: Client, data: bytes, name: str = "old.zip", **others: Any) -> Any:
    return client.post(
        reverse(ADD), {"file": SimpleUploadedFile(name, data), **others}, follow=True
    )


def files(media: Path) -> list[str]:
    return [path.name for path in media.rglob("*") if path.is_file()]


def test_an_upload_becomes_a_job_that_takes_it_in(
    chief: Client, old: Old, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    old.whole()
    old.write("courses/broken.json", '[{"course_title": "x"')
    answer = upload(chief, packed(old), source="north")
    job = Job.objects.get()
    assert answer.redirect_chain == [(reverse("admin:jobs_job_change", args=[job.pk]), 302)]
    with django_capture_on_commit_callbacks(execute=True):
        assert work(job).status == JobStatus.COMPLETED
    assert job.result
    assert job.result["clean"] is False
    step = job.steps.get()
    assert (step.units_done, step.units_total) == (3, 3)
    assert Course.objects.get().owner == User.objects.get(username="chief")
    run = ImportRun.objects.get()
    # The upload is gone, the report is there.
    assert run.file == ""
    assert files(media) == [Path(run.report.name or "").name]
    page = chief.get(reverse("admin:jobs_job_change", args=[job.pk])).text
    assert reverse("admin:exchange_importrun_change", args=[run.pk]) in page
    assert "Open the report on" in page


def test_the_page_of_an_import_shows_its_report(chief: Client, old: Old) -> None:
    old.whole()
    old.write("courses/broken.json", '[{"course_title": "<b>x"')
    upload(chief, packed(old))
    run = ImportRun.objects.get()
    address = reverse("admin:exchange_importrun_change", args=[run.pk])
    assert "There is no report yet." in chief.get(address).text
    work(Job.objects.get())
    page = chief.get(address).text
    assert "courses/broken.json" in page
    assert "it is cut off" in page
    download = chief.get(reverse("admin:exchange_importrun_report", args=[run.pk]))
    data = json.loads(b"".join(download))
    assert data["counts"]["course"]["created"] == 1
    assert len(data["lines"]) == 1
    assert "old.zip" in chief.get(reverse("admin:exchange_importrun_changelist")).text


def test_a_trial_changes_nothing_and_shows_what_would_be(chief: Client, old: Old) -> None:
    old.whole()
    upload(chief, packed(old), dry_run="on")
    assert work(Job.objects.get()).status == JobStatus.COMPLETED
    assert not Course.objects.exists()
    run = ImportRun.objects.get()
    assert run.counts["course"]["created"] == 1
    page = chief.get(reverse("admin:exchange_importrun_change", args=[run.pk])).text
    assert "This was a trial" in page


def test_an_exported_course_can_be_uploaded(chief: Client, chroma: int) -> None:
    data = export_course(make_course())
    upload(chief, json.dumps(data).encode(), "rivers.profai.json")
    assert work(Job.objects.get()).status == JobStatus.COMPLETED
    assert export_course(Course.objects.latest("pk")) == data


@pytest.mark.parametrize(
    "case",
    [
        ("a.zip", b"", "This file is empty."),
        ("a.pdf", b"%PDF", "Choose a zip of the old data folder"),
        ("a.json", b"x" * 2_000_000, "is larger than 1.0"),
    ],
)
def test_what_cannot_be_imported_is_said_in_the_form(
    chief: Client, settings: Settings, media: Path, case: tuple[str, bytes, str]
) -> None:
    name, data, words = case
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    answer = upload(chief, data, name)
    assert words in answer.context["form"].errors["file"][0]
    assert not Job.objects.exists()
    assert files(media) == []


def test_a_zip_bomb_fails_with_words(
    chief: Client, settings: Settings, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * 3_000_000)
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    upload(chief, file.getvalue())
    with django_capture_on_commit_callbacks(execute=True):
        job = work(Job.objects.get())
    assert (job.status, job.can_retry) == (JobStatus.FAILED, False)
    assert "The zip would unpack to 2 MB; at most 1 MB are read." in job.error
    assert files(media) == []


def test_an_upload_that_is_gone_fails_with_words(chief: Client, old: Old, media: Path) -> None:
    old.whole()
    upload(chief, packed(old))
    for path in media.rglob("*.zip"):
        path.unlink()
    job = work(Job.objects.get())
    assert "The uploaded file is no longer here. Upload it again." in job.error


def test_an_import_that_was_deleted_is_not_taken_in(chief: Client, old: Old) -> None:
    old.whole()
    upload(chief, packed(old))
    ImportRun.objects.all().delete()
    assert work(Job.objects.get()).status == JobStatus.CANCELLED


def test_a_cancelled_import_can_be_taken_up_again(chief: Client, old: Old, media: Path) -> None:
    old.whole()
    upload(chief, packed(old))
    job = Job.objects.get()
    chief.post(reverse("admin:jobs_job_cancel", args=[job.pk]))
    work(job)
    assert job.status == JobStatus.CANCELLED
    assert len(files(media)) == 1
    chief.post(reverse("admin:jobs_job_retry", args=[job.pk]))
    assert work(job).status == JobStatus.COMPLETED
    assert Course.objects.count() == 1


def test_only_those_who_may_import_see_imports(client: Client, old: Old) -> None:
    old.whole()
    teacher = make_teacher()
    client.force_login(teacher)
    assert client.get(reverse(ADD)).status_code == 403
    assert client.get(reverse("admin:exchange_importrun_changelist")).status_code == 403
    client.force_login(give(teacher, "import_data"))
    upload(client, packed(old))
    assert Course.objects.count() == 0
    work(Job.objects.get())
    run = ImportRun.objects.get()
    client.force_login(make_teacher("another"))
    for name in ("change", "report"):
        address = reverse(f"admin:exchange_importrun_{name}", args=[run.pk])
        assert client.get(address).status_code == 403


def merge(client: Client, learners: Any, account: str = "", **others: str) -> Any:
    data = {"action": "merge", "_selected_action": [one.pk for one in learners], **others}
    if account:
        data |= {"account": account, "merge_now": "Merge"}
    return client.post(reverse("admin:auth_user_changelist"), data, follow=True)


def test_learners_are_merged_into_a_persons_account(chief: Client, old: Old) -> None:
    data = old.whole()
    old.submission(submission(data, "mary", right=1))
    old.take_in()
    mary = make_learner("mary.smith")
    learners = list(User.objects.filter(first_name__in=["mary", "maria"]))
    page = merge(chief, learners)
    assert "maria" in page.text
    assert "1 attempt<" in page.text
    assert Attempt.objects.filter(learner=mary).count() == 0
    answer = merge(chief, learners, "mary.smith")
    assert "Merged maria into mary.smith; attempts moved: 1." in answer.text
    assert Attempt.objects.filter(learner=mary).count() == 2
    assert not User.objects.filter(pk__in=[one.pk for one in learners]).exists()
    # What comes later goes to the account too, and nothing is made again.
    old.submission(submission(data, "mary") | {"submitted_at": "2025-01-01T00:00:00"})
    report = old.take_in()
    assert counts(report)["submission"] == {"unchanged": 1, "created": 1}
    assert Attempt.objects.filter(learner=mary).count() == 3
    assert old.verify().is_clean


def test_the_list_of_accounts_shows_imported_learners(chief: Client, old: Old) -> None:
    old.whole()
    old.take_in()
    page = chief.get(reverse("admin:auth_user_changelist"), {"imported": "open"}).text
    assert "maria-" in page
    chiefs = reverse("admin:auth_user_change", args=[User.objects.get(username="chief").pk])
    assert chiefs not in page


def test_an_account_that_is_not_there_is_said(chief: Client, old: Old) -> None:
    old.whole()
    old.take_in()
    learner = User.objects.get(first_name="maria")
    assert "There is no account “nobody”." in merge(chief, [learner], "nobody").text
    assert User.objects.filter(pk=learner.pk).exists()


def test_peoples_own_accounts_are_not_merged(chief: Client, old: Old) -> None:
    old.whole()
    old.take_in()
    ben, learner = make_learner("ben"), User.objects.get(first_name="maria")
    answer = merge(chief, [ben, learner], "chief")
    assert "Choose only accounts that an import made" in answer.text
    assert "is not active" in merge(chief, [learner], learner.username).text
    with pytest.raises(MergeError, match="is not an account that an import made"):
        merge_learner(placeholder=ben, account=learner)
    ben.delete()
    ben.pk = 0
    with pytest.raises(MergeError, match="was deleted meanwhile"):
        merge_learner(placeholder=ben, account=learner)


def test_merging_needs_its_permission(client: Client, old: Old) -> None:
    old.whole()
    old.take_in()
    staff = give(give(make_teacher(), "change_user"), "view_user")
    client.force_login(staff)
    learner = User.objects.get(first_name="maria")
    merge(client, [learner], staff.username)
    assert User.objects.filter(pk=learner.pk).exists()
    client.force_login(give(staff, "merge_learners"))
    merge(client, [learner], staff.username)
    assert not User.objects.filter(pk=learner.pk).exists()
    assert Attempt.objects.get().learner == staff


def test_courses_of_an_import_can_be_edited_in_the_admin(chief: Client, old: Old) -> None:
    """Pages for staff show what came in, also where old files had gaps."""
    data = course()
    data["modules"][0]["sub_topics"][0]["content"] = None
    old.whole()
    old.courses(data)
    old.take_in()
    made = Course.objects.get()
    assert chief.get(reverse("admin:courses_course_change", args=[made.pk])).status_code == 200
    attempt = Attempt.objects.get()
    page = chief.get(reverse("admin:quizzes_attempt_change", args=[attempt.pk]))
    assert page.status_code == 200


@pytest.mark.usefixtures("chroma")
def test_the_clean_up_removes_what_imports_left_behind(
    chief: Client, old: Old, media: Path, settings: Settings
) -> None:
    old.whole()
    upload(chief, packed(old))
    work(Job.objects.get())
    done = ImportRun.objects.get()
    upload(chief, packed(old))
    failed = ImportRun.objects.latest("pk")
    assert failed.job
    Job.objects.filter(pk=failed.job.pk).update(
        status=JobStatus.FAILED, error="No.", completed_at=timezone.now()
    )
    upload(chief, packed(old))
    waiting = ImportRun.objects.latest("pk")
    settings.CLEANUP_UPLOADS = timedelta(seconds=-1)
    call_command("cleanup", "--apply", stdout=io.StringIO())
    assert set(files(media)) == {
        Path(name or "").name for name in (done.report.name, waiting.file.name)
    }
    address = reverse("admin:exchange_importrun_delete", args=[done.pk])
    chief.post(address, {"post": "yes"})
    assert not ImportRun.objects.filter(pk=done.pk).exists()
    call_command("cleanup", "--apply", stdout=io.StringIO())
    assert Path(done.report.name or "").name not in files(media)
    assert Course.objects.count() == 1
