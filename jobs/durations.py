"""How long jobs and steps waited and ran, and how long a job has still to go.

Waiting and running are added up apart, over all tries: the columns `queue_time` and
`run_time` hold what has ended, and what goes on now is added when somebody asks.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least, Now
from django.utils import timezone

from jobs.models import Job, JobStatus, Step, StepStatus

MINUTE, HOUR = 60, 3600
LEAST_PROGRESS = 5  # percent; before that a guess would be worth nothing
IN_QUEUE = (JobStatus.PENDING, StepStatus.QUEUED)
AT_WORK = (JobStatus.PROCESSING, StepStatus.RUNNING)


def since(total: str, start: str, *, until: str = "") -> Combinable:
    """For an UPDATE: the column `total` with the time since `start` added, by the database.

    `until` names a column with an earlier end than now.
    """
    end = Least(F(until), Now()) if until else Now()
    passed = ExpressionWrapper(end - F(start), output_field=DurationField())
    return F(total) + Greatest(passed, Value(timedelta(), output_field=DurationField()))


def queue_time(work: Job | Step) -> timedelta:
    """How long it was ready and waited for a worker."""
    if work.status in IN_QUEUE and work.queued_at:
        return work.queue_time + max(timezone.now() - work.queued_at, timedelta())
    return work.queue_time


def run_time(work: Job | Step) -> timedelta | None:
    """How long it ran, to now while it runs; None before the first start."""
    if work.status in AT_WORK and work.started_at:
        return work.run_time + max(timezone.now() - work.started_at, timedelta())
    return work.run_time or None


def time_left(job: Job) -> timedelta | None:
    """What is left at the pace the job has had so far; None where that says nothing."""
    ran = run_time(job)
    if job.status != JobStatus.PROCESSING or ran is None or job.progress < LEAST_PROGRESS:
        return None
    return ran * (100 - job.progress) / job.progress


def in_words(duration: timedelta | None) -> str:
    """For example "0.4 s", "12 s", "3 min 5 s" or "2 h 10 min"; a dash for None."""
    if duration is None:
        return "\u2013"
    exact = max(duration.total_seconds(), 0)
    seconds = round(exact)
    if seconds < MINUTE:
        return f"{seconds} s" if exact >= 10 else f"{exact:.1f} s"  # noqa: PLR2004 - two digits
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
