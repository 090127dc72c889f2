"""What jobs leave behind, by age: old jobs, failed deliveries, names of requests."""

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

from jobs.models import OPEN_JOB, Job, JobStatus, RequestKey
from jobs.pipelines import subject_of

COMMAND = "django.core.management.call_command"
KEYS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waste:
    """Things of one kind that nobody needs any more, and how they are removed."""

    what: str
    names: list[str]
    remove: Callable[[], object]


def schedule_cleanup() -> None:
    """Have the queue clean up once a day; calling again changes nothing."""
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
    yield rows("old jobs", _old_jobs())
    before = timezone.now() - settings.CLEANUP_FAILURES
    yield rows("failed deliveries of the queue", Task.objects.filter(stopped__lt=before))
    keys = RequestKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    yield rows("names of old requests", keys)


def rows(what: str, found: QuerySet[Any]) -> Waste:
    names = [str(pk) for pk in found.values_list("pk", flat=True)]
    return Waste(what, names, partial(_delete, found.model, names))


def _delete(model: Any, names: list[str]) -> None:
    model.objects.filter(pk__in=names).delete()


def _old_jobs() -> QuerySet[Job]:
    """Ended long ago. One that a retry could still bring to its end stays with its subject."""
    before = timezone.now() - settings.CLEANUP_JOBS
    old = Job.objects.filter(completed_at__lt=before).exclude(status__in=OPEN_JOB)
    unfinished = old.exclude(status=JobStatus.COMPLETED).filter(can_retry=True)
    kept = [job.pk for job in unfinished if subject_of(job) is not None]
    return old.exclude(pk__in=kept)
