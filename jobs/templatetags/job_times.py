"""Filters for jobs and steps: how long they waited and ran, in words."""

from __future__ import annotations

from datetime import timedelta

from django import template

from jobs import durations
from jobs.models import Job, Step

register = template.Library()


@register.filter
def queue_time(work: Job | Step) -> str:
    return durations.in_words(durations.queue_time(work))


@register.filter
def time_left(job: Job) -> str:
    return durations.in_words(durations.time_left(job))


@register.filter
def run_time(work: Job | Step) -> str:
    return durations.in_words(durations.run_time(work))


@register.filter
def minutes(passed: timedelta | None) -> str:
    """Returns a length of time, in words; a dash for None."""
    return durations.in_words(passed) if passed else "\u2013"
