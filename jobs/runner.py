"""The worker's side: claim a step, do it under a lease, write how it ended.

Delivery may be at least once; a claim that takes no row ends the task, so that the work
is done once. Every write names the claim: a worker that lost its lease changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from jobs.dispatch import end_if_done, lock_job, queue_ready_steps, queue_step, stop
from jobs.errors import StepFailedError, StepStoppedError
from jobs.lease import Lease, claim_step, held
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import load, pipeline_for
from jobs.progress import update_progress
from jobs.services import add_steps

logger = logging.getLogger(__name__)

PROGRESS_PAUSE = 0.5  # seconds between two writes of progress by one step


class StepRun:
    """What a handler knows of the step it does, and how it reports back."""

    def __init__(self, step: Step, lease: Lease) -> None:
        self.step = step
        self.job = step.job
        self._lease = lease
        self._reported_at = 0.0

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.step.parameters
        return parameters

    def check(self) -> None:
        """Raises StepStoppedError if the job was cancelled or another worker has the step."""
        if self._lease.lost.is_set():
            raise StepStoppedError("The lease was lost.")
        if Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            raise StepStoppedError("The job was cancelled.")

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report units done of total, at most twice a second; the last unit is never dropped."""
        now = time.monotonic()
        if done < total and now - self._reported_at < PROGRESS_PAUSE:
            return
        self._reported_at = now
        self.check()
        values: dict[str, Any] = {"units_done": min(done, total), "units_total": total}
        if message:
            values["message"] = message[:500]
        Step.objects.filter(held(self.step)).update(**values)
        Job.objects.filter(pk=self.job.pk).update(message=(message or self.step.name)[:500])
        update_progress(self.job.pk, self.job.kind)

    def account(self, *, tokens_in: int, tokens_out: int, cost: Decimal) -> None:
        """Add one call of a paid service to the step and its job."""
        added = {
            "calls": F("calls") + 1,
            "tokens_in": F("tokens_in") + tokens_in,
            "tokens_out": F("tokens_out") + tokens_out,
            "cost": F("cost") + cost,
        }
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Nothing waits for the disk: only a crash of the database could lose a count.
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
            Job.objects.filter(pk=self.job.pk).update(**added)
            Step.objects.filter(pk=self.step.pk).update(**added)

    def spent(self) -> tuple[int, Decimal]:
        """Tokens and US dollars that the whole job has used until now."""
        job = Job.objects.only("tokens_in", "tokens_out", "cost").get(pk=self.job.pk)
        return job.tokens, job.cost

    def set_result(self, result: dict[str, Any]) -> None:
        Job.objects.filter(pk=self.job.pk).update(result=result)


def run_step(step_id: int) -> str:
    """The Django-Q task. Its return value says what happened, for the queue's log."""
    step = claim_step(step_id)
    if step is None:
        return "another worker has it"
    if step.attempts > settings.JOB_STEP_ATTEMPTS:
        return _fail(step, StepFailedError(_gave_up(step)))
    _start_job(step)
    with Lease(step) as lease:
        return _execute(step, lease)


def _execute(step: Step, lease: Lease) -> str:
    handler = load(pipeline_for(step.job.kind).stage(step.stage).handler)
    try:
        StepRun(step, lease).check()
        handler(StepRun(step, lease))
    except StepStoppedError:
        return _stop(step)
    except StepFailedError as error:
        if error.retryable and step.attempts < settings.JOB_STEP_ATTEMPTS:
            return _hand_back(step, error.message)
        return _fail(step, error)
    except Exception:
        # A defect of ours: the log has the trace, staff get a reference to it.
        logger.exception("Step %s (%s) of job %s broke", step.pk, step.key, step.job_id)
        return _fail(step, StepFailedError(_internal(step)))
    except BaseException:
        # The queue's time-out and the end of the process are not Exceptions.
        _hand_back(step, "The worker was stopped.")
        raise
    return _complete(step)


def _start_job(step: Step) -> None:
    Job.objects.filter(pk=step.job_id, status=JobStatus.PENDING).update(
        status=JobStatus.PROCESSING, started_at=Coalesce("started_at", Now())
    )
    Job.objects.filter(pk=step.job_id).update(message=step.name)


def _finish(step: Step, status: StepStatus, after: Callable[[Job], None], **values: Any) -> str:
    """Write a step's end and what follows from it in one transaction under the job's lock."""
    with transaction.atomic():
        job = lock_job(step.job_id)
        written = Step.objects.filter(held(step)).update(
            status=status, claim=None, lease_until=None, **values
        )
        if not written:
            return "the lease was lost"
        after(job)
        update_progress(job.pk, job.kind)
        end_if_done(job)
    return status


def _complete(step: Step) -> str:
    def after(job: Job) -> None:
        then = pipeline_for(job.kind).stage(step.stage).then
        if then:
            add_steps(job, load(then)(job))
        if job.cancel_requested:
            stop(job)
        else:
            queue_ready_steps(job)

    return _finish(
        step,
        StepStatus.COMPLETED,
        after,
        units_done=F("units_total"),
        error="",
        completed_at=Now(),
    )


def _fail(step: Step, error: StepFailedError) -> str:
    def after(job: Job) -> None:
        if error.final:
            job.can_retry = False
            job.save(update_fields=["can_retry"])
        else:
            queue_ready_steps(job)

    logger.warning("Step %s (%s) of job %s failed", step.pk, step.key, step.job_id)
    return _finish(step, StepStatus.FAILED, after, error=error.message, completed_at=Now())


def _stop(step: Step) -> str:
    return _finish(step, StepStatus.CANCELLED, stop, completed_at=Now())


def _hand_back(step: Step, reason: str) -> str:
    return _finish(step, StepStatus.QUEUED, lambda _job: queue_step(step), message=reason[:500])


def _gave_up(step: Step) -> str:
    return (
        f"\u201c{step.name}\u201d stopped its worker {settings.JOB_STEP_ATTEMPTS} times and was "
        "given up. Look into the worker's log for this job, then retry it."
    )


def _internal(step: Step) -> str:
    return (
        f"\u201c{step.name}\u201d met an error inside ProfAI. Retry the job; if it fails again, "
        f"report it with the reference {step.job_id}/{step.key}."
    )
