"""The sweep that puts back what a killed worker or a lost message left behind."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_q.models import OrmQ

from jobs.dispatch import end_if_done, lock_job, queue_step, task_name
from jobs.durations import since
from jobs.lease import lapsed
from jobs.models import Step, StepStatus
from telemetry.metrics import STEP_LOSSES, STEP_MESSAGES_LOST, count

logger = logging.getLogger(__name__)


def sweep() -> int:
    """Put back steps whose lease ran out or whose message is gone; return how many.

    Any number of sweeps may run at once: each change names the state that it was made for.
    """
    dead = [_put_back(step) for step in Step.objects.filter(lapsed()).select_related("job")]
    return sum(dead) + sum(_send_again(step) for step in _without_message())


@transaction.atomic
def _put_back(step: Step) -> bool:
    job = lock_job(step.job_id)
    still = lapsed() & Q(claim=step.claim)
    ran = since("run_time", "started_at", until="lease_until")
    if job.cancel_requested:
        found = Step.objects.filter(still, pk=step.pk).update(
            status=StepStatus.CANCELLED,
            claim=None,
            lease_until=None,
            completed_at=Now(),
            run_time=ran,
        )
        end_if_done(job)
    else:
        found = queue_step(step, only=still, run_time=ran)
    if found:
        transaction.on_commit(partial(count, STEP_LOSSES, kind=job.kind, stage=step.stage))
        logger.warning("The worker of step %s (%s) of job %s died", step.pk, step.key, job.pk)
    return bool(found)


def _without_message() -> Iterable[Step]:
    # A message is gone from the queue a moment before its step is claimed.
    before = Now() - settings.JOB_LEASE / 2
    overdue = Step.objects.filter(status=StepStatus.QUEUED, queued_at__lt=before)
    # The steps are read first: a message that is taken meanwhile is only sent once too often.
    steps = list(overdue.select_related("job"))
    if not steps:
        return []
    names = {message.name() for message in OrmQ.objects.all()}
    return [step for step in steps if task_name(step.pk) not in names]


@transaction.atomic
def _send_again(step: Step) -> bool:
    lock_job(step.job_id)
    same = Q(status=StepStatus.QUEUED, queued_at=step.queued_at)
    sent = queue_step(step, only=same, queue_time=since("queue_time", "queued_at"))
    if sent:
        transaction.on_commit(partial(count, STEP_MESSAGES_LOST))
        logger.warning("The message of step %s (%s) was lost", step.pk, step.key)
    return sent
