"""Which step comes next, and when a job is over.

Every function here wants the job's row locked by the caller's transaction, so that two
workers that finish side by side neither start a step twice nor forget one.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django_q.tasks import async_task

from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import load, pipeline_for

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


def queue_step(step: Step) -> None:
    """Put a step's wake-up in the queue; row and message commit together."""
    Step.objects.filter(pk=step.pk).update(
        status=StepStatus.QUEUED, queued_at=Now(), claim=None, lease_until=None
    )
    async_task(RUN_STEP, step.pk, task_name=f"step-{step.pk}"[:100])


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
    fields = {"status": status, "message": message, "progress": progress, "error": job.error}
    Job.objects.filter(pk=job.pk).update(completed_at=Now(), **fields)
    job.refresh_from_db()
    on_end = pipeline_for(job.kind).on_end
    if on_end:
        with transaction.atomic():
            load(on_end)(job)
