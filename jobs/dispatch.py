"""Which step comes next, and when a job is over.

Every function here wants the job's row locked by the caller's transaction, so that two
workers that finish side by side neither start a step twice nor forget one.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_q.tasks import async_task

from jobs.broker import Broker
from jobs.durations import since
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.patience import AWAY
from jobs.pipelines import load, pipeline_for
from jobs.signals import job_ended
from telemetry.metrics import JOB, observe

logger = logging.getLogger(__name__)
structured = structlog.get_logger(__name__)

RUN_STEP = "jobs.runner.run_step"
BUSY = (StepStatus.QUEUED, StepStatus.RUNNING)


def lock_job(job_id: uuid.UUID) -> Job:
    return Job.objects.select_for_update().get(pk=job_id)


def queue_ready_steps(job: Job) -> None:
    """Queue waiting steps whose needs are met, as many as the job may have under way.

    The limit lets jobs advance together: none fills the queue before the others.
    """
    steps = list(job.steps.only("id", "key", "needs", "status", "position"))
    done = {step.key for step in steps if step.status == StepStatus.COMPLETED}
    room = settings.JOB_QUEUED_STEPS - sum(step.status in BUSY for step in steps)
    ready = [s for s in steps if s.status == StepStatus.WAITING and done.issuperset(s.needs)]
    for step in ready[: max(room, 0)]:
        queue_step(step)


def queue_step(
    step: Step, *, only: Q | None = None, delay: timedelta = timedelta(), **values: Any
) -> bool:
    """Put a step's wake-up in the queue; row and message commit together.

    False if the row was no longer as `only` wants it. With a delay it starts later.
    """
    changed = Step.objects.filter(only or Q(), pk=step.pk).update(
        status=StepStatus.QUEUED, queued_at=Now() + delay, claim=None, lease_until=None, **values
    )
    if changed:
        async_task(RUN_STEP, step.pk, task_name=task_name(step.pk), broker=Broker(delay=delay))
    return bool(changed)


def task_name(step_id: int) -> str:
    """By this name the sweep finds out which steps have a message in the queue."""
    return f"step-{step_id}"


def stop(job: Job) -> None:
    """Start nothing more of a job; steps that run now find out between two calls."""
    job.cancel_requested = True
    job.message = "Stopping"
    job.save(update_fields=["cancel_requested", "message"])
    job.steps.filter(status__in=(StepStatus.WAITING, StepStatus.QUEUED)).update(
        status=StepStatus.CANCELLED, completed_at=Now()
    )


def end_if_done(job: Job) -> bool:
    """End the job if no step is under way or can start any more."""
    statuses = set(job.steps.values_list("status", flat=True))
    if statuses.intersection(BUSY):
        return False
    if statuses <= {StepStatus.COMPLETED}:
        _end(job, JobStatus.COMPLETED, message="Done", progress=100)
    elif job.cancel_requested:
        _end(job, JobStatus.CANCELLED, message="Cancelled", progress=job.progress)
    elif StepStatus.FAILED in statuses:
        errors = job.steps.filter(status=StepStatus.FAILED).values_list("error", flat=True)
        job.error = "\n".join(dict.fromkeys(errors))
        _end(job, JobStatus.FAILED, message="Failed", progress=job.progress)
    else:
        return False
    return True


def _end(job: Job, status: JobStatus, *, message: str, progress: int) -> None:
    if job.status == JobStatus.PENDING:
        times = {"queue_time": since("queue_time", "queued_at")}
    else:
        times = {"run_time": since("run_time", "started_at")}
    fields = {"status": status, "message": message, "progress": progress, "error": job.error}
    Job.objects.filter(pk=job.pk).update(completed_at=Now(), **fields, **times)
    job.refresh_from_db()
    ran = job.run_time.total_seconds()
    transaction.on_commit(partial(observe, JOB, ran, kind=job.kind, status=job.status))
    structured.info("Job ends", job_id=str(job.pk), kind=job.kind, outcome=str(status))
    on_end = pipeline_for(job.kind).on_end
    if on_end:
        _call(on_end, job)
    job_ended.send(sender=Job, job=job)


def _call(on_end: str, job: Job) -> None:
    """A defect in what follows a job's end must not keep the job from ending."""
    try:
        with transaction.atomic():
            load(on_end)(job)
    except AWAY:
        raise
    except Exception:
        logger.exception("What follows the end of job %s broke", job.pk)
