"""The sweep that puts back what a killed worker or a lost message left behind."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_q.models import OrmQ, Schedule

from jobs.dispatch import end_if_done, lock_job, queue_step
from jobs.models import Step, StepStatus

logger = logging.getLogger(__name__)

SWEEP = "jobs.recovery.sweep"
LOST_AFTER = timedelta(minutes=2)


def schedule_sweep() -> None:
    """Have the queue run the sweep every minute; calling again changes nothing."""
    Schedule.objects.update_or_create(
        name="Put back lost steps",
        defaults={"func": SWEEP, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1},
    )


def sweep() -> int:
    """Put back steps whose lease ran out or whose message is gone; return how many."""
    lost = Q(status=StepStatus.RUNNING, lease_until__lt=Now())
    if not OrmQ.objects.exists():
        lost |= Q(status=StepStatus.QUEUED, queued_at__lt=Now() - LOST_AFTER)
    steps = list(Step.objects.filter(lost).select_related("job"))
    return sum(_put_back(step, lost) for step in steps)


@transaction.atomic
def _put_back(step: Step, lost: Q) -> bool:
    job = lock_job(step.job_id)
    if not Step.objects.filter(lost, pk=step.pk, claim=step.claim).exists():
        return False
    logger.warning("Step %s (%s) of job %s was lost", step.pk, step.key, step.job_id)
    if job.cancel_requested:
        Step.objects.filter(pk=step.pk).update(
            status=StepStatus.CANCELLED, claim=None, lease_until=None, completed_at=Now()
        )
        end_if_done(job)
    else:
        queue_step(step)
    return True
