"""What people and programs do with jobs: create, cancel, retry. All of it is atomic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from jobs.dispatch import end_if_done, lock_job, queue_ready_steps, stop
from jobs.errors import JobStateError
from jobs.models import OPEN_STEP, Job, JobStatus, Step, StepStatus
from jobs.pipelines import StepSpec, pipeline_for
from jobs.watching import note_intervention
from telemetry.traces import current_parent


@transaction.atomic
def create_job(
    *,
    kind: str,
    title: str,
    steps: Sequence[StepSpec],
    requested_by: AbstractBaseUser | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Job:
    """Make a job with its first steps; its message to the workers commits with it."""
    pipeline_for(kind)
    job = Job(
        kind=kind,
        title=title,
        requested_by=cast("Any", requested_by),
        parameters=dict(parameters or {}),
        message="Waiting for a worker",
        trace_context=current_parent(),
    )
    job.full_clean()
    job.save()
    add_steps(job, steps)
    queue_ready_steps(job)
    return job


def add_steps(job: Job, specs: Sequence[StepSpec]) -> None:
    """Append steps to a job that the caller has locked, or that nobody else knows yet."""
    last = job.steps.aggregate(last=Max("position"))["last"] or 0
    Step.objects.bulk_create(
        Step(
            job=job,
            key=spec.key,
            name=spec.name,
            stage=spec.stage,
            position=position,
            needs=list(spec.needs),
            parameters=dict(spec.parameters),
            units_total=spec.units_total,
        )
        for position, spec in enumerate(specs, start=last + 1)
    )


@transaction.atomic
def cancel_job(job: Job) -> Job:
    """Stop a job. Steps that run now stop between two calls; what is finished is kept."""
    locked = lock_job(job.pk)
    if not locked.is_open:
        raise JobStateError(f"This job has {locked.status} already; there is nothing to cancel.")
    stop(locked)
    end_if_done(locked)
    note_intervention(locked, "cancelled")
    return locked


@transaction.atomic
def retry_job(job: Job) -> Job:
    """Run what failed or was cancelled once more; completed steps stay as they are."""
    locked = lock_job(job.pk)
    if locked.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise JobStateError(f"Only a failed or cancelled job can be retried; this is {job.status}.")
    if not locked.can_retry:
        raise JobStateError(f"Trying again cannot help: {locked.error}")
    locked.steps.exclude(status__in=(StepStatus.COMPLETED, *OPEN_STEP)).update(
        status=StepStatus.WAITING,
        attempts=0,
        retries=0,
        hand_backs=0,
        error="",
        message="",
        completed_at=None,
    )
    locked.status = JobStatus.PENDING
    locked.error, locked.message = "", "Waiting for a worker"
    locked.cancel_requested, locked.started_at, locked.completed_at = False, None, None
    locked.save()
    Job.objects.filter(pk=locked.pk).update(queued_at=Now())
    queue_ready_steps(locked)
    note_intervention(locked, "retried")
    return locked
