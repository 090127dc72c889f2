"""How long jobs and steps waited and ran, and how long a job still takes.

Waiting and running are added up separately, over all tries: the columns `queue_time` and
`run_time` hold what has ended; these functions add the present try.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least, Now
from django.utils import timezone

from jobs.models import Job, JobStatus, Step, StepStatus

MINUTE, HOUR = 60, 3600
MIN_PROGRESS = 5  # percent; before that an estimate would be useless
IN_QUEUE = (JobStatus.PENDING, StepStatus.QUEUED)
AT_WORK = (JobStatus.PROCESSING, StepStatus.RUNNING)


def since(total: str, start: str, *, until: str = "") -> Combinable:
    """Returns an expression for an UPDATE: the column `total` plus the time since the column
    `start`.

    `until` names a column that holds an earlier end than now.
    """
    end = Least(F(until), Now()) if until else Now()
    passed = ExpressionWrapper(end - F(start), output_field=DurationField())
    return F(total) + Greatest(passed, Value(timedelta(), output_field=DurationField()))


def queue_time(work: Job | Step) -> timedelta:
    """Returns how long a job or step was ready and waited for a worker."""
    if work.status in IN_QUEUE and work.queued_at:
        return work.queue_time + max(timezone.now() - work.queued_at, timedelta())
    return work.queue_time


def run_time(work: Job | Step) -> timedelta | None:
    """Returns how long a job or step has run; None before its first start."""
    if work.status in AT_WORK and work.started_at:
        return work.run_time + max(timezone.now() - work.started_at, timedelta())
    return work.run_time or None


def time_left(job: Job) -> timedelta | None:
    """Returns the remaining time at the job's pace so far; None if there is too little progress."""
    ran = run_time(job)
    if job.status != JobStatus.PROCESSING or ran is None or job.progress < MIN_PROGRESS:
        return None
    return ran * (100 - job.progress) / job.progress


def in_words(duration: timedelta | None) -> str:
    """Returns the duration as text: "0.4 s", "12 s", "3 min 5 s" or "2 h 10 min"; a dash for
    None."""
    if duration is None:
        return "\u2013"
    exact = max(duration.total_seconds(), 0)
    seconds = round(exact)
    if seconds < MINUTE:
        return f"{seconds} s" if exact >= 10 else f"{exact:.1f} s"  # noqa: PLR2004 - two digits
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
