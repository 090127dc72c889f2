"""Connects signals of apps to webhook events: who gets them, and their data.

The data are ids and URLs, nothing of documents, questions or answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from courses.models import Course
from courses.queries import people_who_edit
from courses.signals import course_published
from jobs import queries as job_queries
from jobs.db_retry import DB_UNAVAILABLE
from jobs.models import Job, JobStatus
from jobs.pipelines import register_sweep
from jobs.signals import job_ended
from quizzes.models import Attempt
from quizzes.signals import attempt_submitted
from webhooks.models import Event
from webhooks.outbox import emit, is_wanted

logger = logging.getLogger(__name__)

JOB_EVENTS = {
    JobStatus.COMPLETED: Event.JOB_COMPLETED,
    JobStatus.FAILED: Event.JOB_FAILED,
    JobStatus.CANCELLED: Event.JOB_CANCELLED,
}


def connect_webhooks() -> None:
    job_ended.connect(tell_job)
    course_published.connect(tell_course)
    attempt_submitted.connect(tell_attempt)
    register_sweep("webhooks.sending.sweep")


def harmless(tell: Callable[..., None]) -> Callable[..., None]:
    """Logs errors of `tell` instead of raising them: an error in webhooks must not keep a job from
    ending or a learner from submitting."""

    @wraps(tell)
    def wrapped(**signal: Any) -> None:
        try:
            with transaction.atomic():
                tell(**signal)
        except DB_UNAVAILABLE:
            raise
        except Exception:
            logger.exception("An event for webhooks was lost")

    return wrapped


@harmless
def tell_job(job: Job, **_signal: Any) -> None:
    data = {
        "job_id": str(job.pk),
        "kind": job.kind,
        "status": job.status,
        "course_id": job.parameters.get("course"),
        "url": _address(job.get_absolute_url()),
    }
    emit(JOB_EVENTS[JobStatus(job.status)], data, job_queries.people_who_see(job))


@harmless
def tell_course(course: Course, **_signal: Any) -> None:
    page = reverse("api-course-detail", args=[course.slug])
    data = {"course_id": course.pk, "slug": course.slug, "url": _address(page)}
    emit(Event.COURSE_PUBLISHED, data, people_who_edit(course))


@harmless
def tell_attempt(attempt: Attempt, **_signal: Any) -> None:
    # Learners wait for this, and most schools have no such endpoint.
    if not is_wanted(Event.ATTEMPT_SUBMITTED):
        return
    data = {
        "attempt_id": str(attempt.pk),
        "quiz_id": attempt.quiz_id,
        "course_id": attempt.quiz.course_id,
        "learner_id": attempt.learner_id,
        "percentage": attempt.percentage,
        "passed": attempt.passed,
        "url": _address(reverse("api-attempt-detail", args=[attempt.pk])),
    }
    emit(Event.ATTEMPT_SUBMITTED, data, people_who_edit(attempt.quiz.course))


def _address(path: str) -> str:
    """Returns the URL, with PUBLIC_URL if that is set: workers have no request with a host name."""
    return f"{settings.PUBLIC_URL}{path}"
