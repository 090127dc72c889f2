"""Finds rows that are old enough to be deleted: jobs, failed queue tasks, idempotency keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import Schedule, Task

from common.models import RequestKey
from jobs.models import OPEN_JOB, Job, JobStatus
from jobs.pipelines import subject_of

COMMAND = "django.core.management.call_command"
KEYS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waste:
    """Rows or files of one kind that can be deleted, and the function that deletes them."""

    what: str
    names: list[str]
    remove: Callable[[], object]


def schedule_cleanup() -> None:
    """Schedules the daily clean-up in the queue, unless it is scheduled already."""
    Schedule.objects.get_or_create(
        name="Clean up",
        defaults={
            "func": COMMAND,
            "args": "'cleanup', '--apply'",
            "schedule_type": Schedule.DAILY,
            "repeats": -1,
        },
    )


def waste() -> Iterator[Waste]:
    """Yields what is old. A job that a retry could still complete is kept while its subject
    exists."""
    old = Job.objects.filter(completed_at__lt=timezone.now() - settings.CLEANUP_JOBS)
    ended = old.exclude(status__in=OPEN_JOB)
    unfinished = ended.exclude(status=JobStatus.COMPLETED).filter(can_retry=True)
    kept = [job.pk for job in unfinished if subject_of(job) is not None]
    yield rows("old jobs", ended.exclude(pk__in=kept))
    before = timezone.now() - settings.CLEANUP_FAILURES
    yield rows("failed deliveries of the queue", Task.objects.filter(stopped__lt=before))
    keys = RequestKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    yield rows("old idempotency keys", keys)


def rows(what: str, found: QuerySet[Any]) -> Waste:
    names = [str(pk) for pk in found.values_list("pk", flat=True)]
    return Waste(what, names, partial(_delete, found, names))


def _delete(found: QuerySet[Any], names: list[str]) -> None:
    """Deletes what is still old: a job may have been retried since it was listed."""
    found.filter(pk__in=names).delete()
