"""The job's page: progress, cancel and retry."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.durations import in_words, queue_time, run_time, time_left
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import stage_title, subject_of
from tests.admin.rows import make_job, make_step
from tests.factories import make_course, make_superuser, make_teacher
from tests.waiting import LONG


def address(job: Job, name: str) -> str:
    return reverse(f"admin:jobs_job_{name}", args=[job.pk])


def messages_of(client: Client, url: str) -> str:
    response = client.post(url, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


def test_the_page_shows_progress_steps_and_times(
    as_teacher: Client, teacher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(teacher)
    assert job.started_at
    now = job.started_at + timedelta(seconds=65)
    monkeypatch.setattr("jobs.durations.timezone", SimpleNamespace(now=lambda: now))
    text = as_teacher.get(address(job, "change")).text
    assert 'max="100" value="40"' in text
    assert "Read rivers.pdf: page 4 of 9" in text
    assert "Page 5 is broken." in text
    assert "Read the documents" in text
    assert "1 min 5 s" in text
    assert "4 of 9" in text


def test_nothing_inline_stands_in_the_way_of_a_strict_policy(
    as_teacher: Client, teacher: User
) -> None:
    job = make_job(teacher)
    course = make_course(owner=teacher)
    course_page = reverse("admin:courses_course_change", args=[course.pk])
    for url in (address(job, "change"), course_page, reverse("admin:courses_course_add")):
        text = as_teacher.get(url).text
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_the_panel_says_whether_to_ask_again(as_teacher: Client, teacher: User) -> None:
    running, ended = make_job(teacher), make_job(teacher, status=JobStatus.COMPLETED)
    response = as_teacher.get(address(running, "panel"))
    assert "data-open" in response.text
    assert "no-store" in response["Cache-Control"]
    assert "data-open" not in as_teacher.get(address(ended, "panel")).text
    assert as_teacher.post(address(running, "panel")).status_code == 405


def test_the_page_leads_to_the_course(as_teacher: Client, teacher: User) -> None:
    course = make_course(owner=teacher)
    course.job = make_job(teacher, parameters={"course": course.pk})
    course.save()
    link = reverse("admin:courses_course_change", args=[course.pk])
    assert link in as_teacher.get(address(course.job, "change")).text
    course.delete()
    assert link not in as_teacher.get(address(course.job, "change")).text


def test_an_error_is_shown_in_words(as_teacher: Client, teacher: User) -> None:
    job = make_job(teacher, status=JobStatus.FAILED, error="rivers.pdf has no text.")
    text = as_teacher.get(address(job, "change")).text
    assert "rivers.pdf has no text." in text
    assert address(job, "retry") in text
    Job.objects.filter(pk=job.pk).update(can_retry=False)
    text = as_teacher.get(address(job, "change")).text
    assert "Trying again cannot help" in text
    assert address(job, "retry") not in text


def test_cancel_stops_an_open_job(as_teacher: Client, teacher: User) -> None:
    job = make_job(teacher, steps=0)
    make_step(job, "one", StepStatus.WAITING)
    assert "being cancelled" in messages_of(as_teacher, address(job, "cancel"))
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert "nothing to cancel" in messages_of(as_teacher, address(job, "cancel"))


def test_retry_runs_what_failed(as_teacher: Client, teacher: User) -> None:
    job = make_job(teacher, status=JobStatus.FAILED, steps=0)
    make_step(job, "one", StepStatus.FAILED)
    assert "once more" in messages_of(as_teacher, address(job, "retry"))
    job.refresh_from_db()
    assert job.status == JobStatus.PENDING
    assert job.steps.get().status == StepStatus.QUEUED
    assert "Only a failed or cancelled job" in messages_of(as_teacher, address(job, "retry"))


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_only_a_post_acts(as_teacher: Client, teacher: User, action: str) -> None:
    assert as_teacher.get(address(make_job(teacher), action)).status_code == 405


@pytest.mark.parametrize("name", ["panel", "cancel", "retry"])
def test_jobs_of_other_people_are_not_found(
    as_teacher: Client, as_editor: Client, name: str
) -> None:
    job = make_job(make_teacher("other"))
    method = "get" if name == "panel" else "post"
    assert getattr(as_teacher, method)(address(job, name)).status_code == 404
    assert getattr(as_editor, method)(address(job, name)).status_code in (200, 302)


@pytest.mark.django_db
def test_people_who_may_only_look_have_no_buttons() -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_job"))
    job, client = make_job(viewer), Client()
    client.force_login(viewer)
    assert address(job, "cancel") not in client.get(address(job, "change")).text
    assert client.post(address(job, "cancel")).status_code == 403


def test_jobs_are_deleted_by_superusers_once_they_ended(
    as_teacher: Client, as_superuser: Client, teacher: User
) -> None:
    ended, running = make_job(teacher, status=JobStatus.COMPLETED), make_job(teacher)
    assert as_teacher.post(address(ended, "delete"), {"post": "yes"}).status_code == 403
    assert as_superuser.post(address(running, "delete"), {"post": "yes"}).status_code == 403
    assert as_superuser.post(address(ended, "delete"), {"post": "yes"}).status_code == 302
    assert list(Job.objects.all()) == [running]


def test_deleting_many_jobs_spares_open_ones(as_superuser: Client, teacher: User) -> None:
    jobs = [make_job(teacher), make_job(teacher, status=JobStatus.COMPLETED)]
    data = {"action": "delete_selected", "_selected_action": [j.pk for j in jobs], "post": "yes"}
    as_superuser.post(reverse("admin:jobs_job_changelist"), data)
    assert Job.objects.count() == 2
    data["_selected_action"] = [jobs[1].pk]
    as_superuser.post(reverse("admin:jobs_job_changelist"), data)
    assert list(Job.objects.all()) == [jobs[0]]
    assert not Step.objects.exclude(job=jobs[0]).exists()


@pytest.mark.django_db
def test_a_job_of_an_unknown_kind_can_still_be_read() -> None:
    chief, client = make_superuser(), Client()
    job = make_job(chief, kind="forgotten")
    client.force_login(chief)
    assert client.get(address(job, "change")).status_code == 200
    assert subject_of(job) is None
    assert stage_title("forgotten", "extract") == "extract"


@pytest.mark.django_db
def test_times_of_jobs() -> None:
    job = make_job(None, started_at=None, status=JobStatus.PENDING, steps=0)
    assert (run_time(job), time_left(job)) == (None, None)
    assert queue_time(job) >= timedelta(seconds=70)
    job.status, job.queue_time = JobStatus.PROCESSING, timedelta(seconds=70)
    job.started_at = timezone.now() - timedelta(seconds=30)
    ran, left = run_time(job), time_left(job)
    assert ran is not None
    assert left is not None
    assert queue_time(job) == timedelta(seconds=70)
    assert 30 <= ran.total_seconds() < 30 + LONG
    assert 45 <= left.total_seconds() < 45 + 2 * LONG  # 60% at the pace of the first 40%
    job.progress = 1
    assert time_left(job) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (12.4, "12 s"),
        (59.7, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
        (-1, "0.0 s"),
        (None, "\u2013"),
    ],
)
def test_durations_in_words(seconds: float | None, words: str) -> None:
    assert in_words(None if seconds is None else timedelta(seconds=seconds)) == words
