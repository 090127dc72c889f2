"""What happens in ProfAI becomes messages, for those who may know of it and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from pytest_django.fixtures import Settings

from courses.models import Course, CourseStatus
from courses.services import publish_course, unpublish_course
from jobs.models import Job, JobStatus
from jobs.services import cancel_job
from profai import webhooks as told
from profai.roles import TEACHERS
from quizzes.models import Attempt, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.factories import make_course, make_editor, make_learner, make_teacher
from webhooks.models import Delivery, Endpoint, Event
from webhooks.signing import new_secret, seal

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(db: None) -> User:
    return make_teacher()


def listen(*people: User, events: list[str] = Event.values) -> None:
    for person in people:
        Endpoint.objects.create(
            owner=person, url="https://1.1.1.1/", events=events, sealed_secret=seal(new_secret())
        )


def told_of(event: str) -> dict[str, Any]:
    """Who was told: user name to data."""
    found = Delivery.objects.filter(event=event).select_related("endpoint__owner")
    return {one.endpoint.owner.username: one.payload["data"] for one in found}


def submit(course: Course, learner: User) -> Attempt:
    quiz = Quiz.objects.filter(course=course)[0]
    return submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 1})


def everybody(teacher: User) -> list[User]:
    return [teacher, make_teacher("other"), make_editor(), make_learner("pupil")]


def test_those_who_may_change_a_course_hear_that_it_is_published(teacher: User) -> None:
    listen(*everybody(teacher))
    course = make_course(owner=teacher)
    publish_course(course)
    expected = {
        "course_id": course.pk,
        "slug": "rivers",
        "url": "/api/courses/rivers/",
    }
    assert told_of("course.published") == {"teacher": expected, "editor": expected}


def test_publishing_again_is_news_only_after_it_was_taken_back(teacher: User) -> None:
    listen(teacher)
    course = make_course(owner=teacher)
    publish_course(course)
    publish_course(course)
    assert Delivery.objects.count() == 1
    unpublish_course(course)
    publish_course(course)
    assert Delivery.objects.count() == 2


def test_those_who_may_change_a_course_hear_of_attempts_at_it(
    teacher: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://learn.example"
    people = everybody(teacher)
    listen(*people)
    course = make_course(owner=teacher, status=CourseStatus.PUBLISHED)
    # Neither the learner nor a teacher who takes another's quiz is told of it.
    attempt = submit(course, people[1])
    found = told_of("attempt.submitted")
    assert set(found) == {"teacher", "editor"}
    assert found["teacher"] == {
        "attempt_id": str(attempt.pk),
        "quiz_id": attempt.quiz_id,
        "course_id": course.pk,
        "learner_id": people[1].pk,
        "percentage": attempt.percentage,
        "passed": attempt.passed,
        "url": f"https://learn.example/api/attempts/{attempt.pk}/",
    }


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (JobStatus.COMPLETED, "job.completed"),
        (JobStatus.FAILED, "job.failed"),
        (JobStatus.CANCELLED, "job.cancelled"),
    ],
)
def test_who_asked_for_a_job_hears_how_it_ended(
    status: JobStatus, event: str, teacher: User
) -> None:
    listen(*everybody(teacher))
    job = make_job(teacher, parameters={"course": 7}, status=status)
    told.tell_job(job=job)
    assert told_of(event)["teacher"] == {
        "job_id": str(job.pk),
        "kind": job.kind,
        "status": str(status),
        "course_id": 7,
        "url": f"/api/jobs/{job.pk}",
    }
    assert "other" not in told_of(event)
    assert "pupil" not in told_of(event)


def test_the_end_of_a_real_job_is_told(teacher: User) -> None:
    listen(teacher)
    job = make_job(teacher)
    Job.objects.filter(pk=job.pk).update(status=JobStatus.PENDING, completed_at=None)
    job.steps.update(status="waiting", claim=None, lease_until=None)
    cancel_job(Job.objects.get())
    assert Job.objects.get().status == JobStatus.CANCELLED
    assert told_of("job.cancelled")["teacher"]["job_id"] == str(job.pk)


def test_only_what_was_asked_for_is_told(teacher: User) -> None:
    listen(teacher, events=["job.failed"])
    publish_course(make_course(owner=teacher))
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda owner: owner.groups.remove(Group.objects.get(name=TEACHERS)),
        lambda owner: User.objects.filter(pk=owner.pk).update(is_active=False),
        lambda owner: Endpoint.objects.filter(owner=owner).update(
            active=False, disabled_at="2026-01-01T00:00Z"
        ),
        lambda _owner: Course.objects.update(owner=make_teacher("successor")),
    ],
    ids=["no teacher any more", "gone", "disabled", "course given away"],
)
def test_who_may_not_know_any_more_is_not_told(
    change: Callable[[User], object], teacher: User
) -> None:
    course = make_course(owner=teacher, status=CourseStatus.PUBLISHED)
    listen(teacher)
    change(teacher)
    submit(course, make_learner())
    assert not Delivery.objects.exists()


def test_what_is_undone_is_not_told(teacher: User) -> None:
    listen(teacher)
    course = make_course(owner=teacher)
    with transaction.atomic():
        publish_course(course)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_a_defect_in_webhooks_stops_nobody(
    teacher: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("defect")

    monkeypatch.setattr(told, "emit", broken)
    listen(teacher)
    course = make_course(owner=teacher)
    publish_course(course)
    course.refresh_from_db()
    assert course.status == CourseStatus.PUBLISHED
    assert submit(course, make_learner()).submitted_at is not None
    assert caplog.text.count("An event for webhooks was lost") == 2
