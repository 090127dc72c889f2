"""Creates, cancels and retries jobs. Each function is one transaction, or part of the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max
from django.db.models.functions import Now

from common.transactions import atomic
from jobs.dispatch import end_if_done, lock_job, queue_ready_steps, stop
from jobs.errors import JobStateError
from jobs.instrumentation import note_intervention
from jobs.models import OPEN_STEP, Job, JobStatus, Step, StepStatus
from jobs.pipelines import StepSpec, registered
from telemetry.traces import current_parent


@atomic
def create_job(
    *,
    kind: str,
    title: str,
    steps: Sequence[StepSpec],
    requested_by: AbstractBaseUser | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Job:
    """Creates a job with its first steps and returns it. The messages of the queue are committed in
    the same transaction.

    Raises LookupError for a kind that is not registered.
    """
    if kind not in {pipeline.kind for pipeline in registered()}:
        raise LookupError(f"No pipeline is registered for jobs of the kind {kind!r}.")
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
    """Appends steps to a job that the caller has locked or has just created."""
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


@atomic
def cancel_job(job: Job) -> Job:
    """Stops a job and returns it. Steps that run now stop at their next check; finished work is
    kept. Raises JobStateError if the job has ended.
    """
    locked = lock_job(job.pk)
    if not locked.is_open:
        raise JobStateError(f"This job has {locked.status} already; there is nothing to cancel.")
    stop(locked)
    end_if_done(locked)
    note_intervention(locked, "cancelled")
    return locked


@atomic
def retry_job(job: Job) -> Job:
    """Runs failed and cancelled steps of a job again, and returns the job. Completed steps stay.
    Raises JobStateError if the job cannot be retried.
    """
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
    fields = ("error", "message", "cancel_requested", "started_at", "completed_at")
    locked.save(update_fields=["status", *fields])
    Job.objects.filter(pk=locked.pk).update(queued_at=Now())
    queue_ready_steps(locked)
    note_intervention(locked, "retried")
    return locked
