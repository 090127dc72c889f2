"""Which step comes next, how far a job is, and when it has ended.

The caller's transaction holds the lock of the job's row, so that two workers that finish at the
same time neither start a step twice nor forget one.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Greatest, Now
from django_q.tasks import async_task

from common.transactions import lock
from jobs.broker import Broker
from jobs.db_retry import DB_UNAVAILABLE
from jobs.durations import since
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import load, pipeline_for
from jobs.signals import job_ended
from telemetry.metrics import JOB, observe

logger = logging.getLogger(__name__)
structured = structlog.get_logger(__name__)

RUN_STEP = "jobs.runner.run_step"
BUSY = (StepStatus.QUEUED, StepStatus.RUNNING)


def lock_job(job_id: uuid.UUID) -> Job:
    """Locks a job's row and returns it. A transaction that also locks the row that the job is about
    locks that one first."""
    return lock(Job.objects.filter(pk=job_id)).get()


def queue_ready_steps(job: Job) -> None:
    """Queues waiting steps whose needs are completed, up to JOB_QUEUED_STEPS of a job at a time.

    With this limit no job fills the queue before the others.
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
    """Puts a message for a step in the queue; row and message commit together.

    Returns False if the row no longer meets the condition `only`.
    """
    changed = Step.objects.filter(only or Q(), pk=step.pk).update(
        status=StepStatus.QUEUED, queued_at=Now() + delay, claim=None, lease_until=None, **values
    )
    if changed:
        broker = Broker(delay=delay)
        async_task(RUN_STEP, step.pk, task_name=task_name(step.pk), broker=broker)
        Step.objects.filter(pk=step.pk).update(queue_message=broker.sent)
    return bool(changed)


def task_name(step_id: int) -> str:
    """Returns the step's name in the queue's own tables."""
    return f"step-{step_id}"


def stop(job: Job) -> None:
    """Starts no more steps of a job; steps that run now notice it at their next check."""
    job.cancel_requested = True
    job.message = "Stopping"
    job.save(update_fields=["cancel_requested", "message"])
    job.steps.filter(status__in=(StepStatus.WAITING, StepStatus.QUEUED)).update(
        status=StepStatus.CANCELLED, completed_at=Now()
    )


def end_if_done(job: Job) -> bool:
    """Ends the job if no step runs or can start any more; returns whether it ended."""
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
    if on_end := pipeline_for(job.kind).on_end:
        # A defect in what follows a job's end must not keep the job from ending.
        try:
            with transaction.atomic():
                load(on_end)(job)
        except DB_UNAVAILABLE:
            raise
        except Exception:
            logger.exception("What follows the end of job %s failed", job.pk)
    job_ended.send(sender=Job, job=job)


def update_progress(job_id: uuid.UUID, kind: str) -> None:
    """Writes a job's progress: stages count by their weight, the steps of a stage equally.

    It never falls, and only the job's end makes it 100.
    """
    stages = pipeline_for(kind).stages
    shares: dict[str, list[float]] = defaultdict(list)
    steps = Step.objects.filter(job_id=job_id)
    for stage, status, done, total in steps.values_list(
        "stage", "status", "units_done", "units_total"
    ):
        share = done / total if total else 0.0
        shares[stage].append(1.0 if status == StepStatus.COMPLETED else share)
    reached = sum(
        stage.weight * sum(shares[stage.name]) / len(shares[stage.name])
        for stage in stages
        if shares[stage.name]
    )
    weights = sum(stage.weight for stage in stages) or 1
    percent = min(int(100 * reached / weights), 99)
    Job.objects.filter(pk=job_id).update(progress=Greatest("progress", percent))
