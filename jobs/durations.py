"""How long jobs and steps waited and ran."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.models import Job, Step

MINUTE, HOUR = 60, 3600


def queue_time(job: Job) -> timedelta:
    """From the request until the first step began, or until the end of a job that never did."""
    return (job.started_at or job.completed_at or timezone.now()) - job.created_at


def run_time(work: Job | Step) -> timedelta | None:
    """From the start to the end, or to now while it runs; None before the start.

    A step's time is that of its last attempt.
    """
    if work.started_at is None:
        return None
    return max((work.completed_at or timezone.now()) - work.started_at, timedelta())


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
