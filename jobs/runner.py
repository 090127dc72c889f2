"""Runs a step in a worker: claims it, does it under a lease, and writes how it ended.

The queue may deliver a message more than once. If the step cannot be claimed, the task ends, so
that the work is done once. Every write names the claim: a worker that lost its lease changes
nothing.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from jobs.db_retry import DB_UNAVAILABLE, connection_stands, retry_on_db_outage
from jobs.dispatch import (
    end_if_done,
    lock_job,
    queue_ready_steps,
    queue_step,
    stop,
    update_progress,
)
from jobs.durations import in_words, since
from jobs.errors import StepFailedError, StepHandedBackError, StepStoppedError
from jobs.instrumentation import counted, keep_trace, measured, observed_step
from jobs.lease import Lease, claim_step, held
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import is_subject_gone, load, lock_subject, pipeline_for
from jobs.services import add_steps
from telemetry.metrics import STEP_HAND_BACKS, STEP_RETRIES

logger = logging.getLogger(__name__)

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PROGRESS_PAUSE = 0.5  # seconds between two writes of progress by one step
HANDED_BACK = "Handed back by a worker that stops"
MAX_HAND_BACKS = 20  # handed back more often, a step counts as one that killed its worker


class Current:
    """The step that this process does now, and whether the process has been told to stop."""

    step: Step | None = None
    stopping = False


class StepRun:
    """What a handler gets: its step, and the methods by which it reports progress and results."""

    def __init__(self, step: Step, lease: Lease) -> None:
        self.step = step
        self.job = step.job
        self._lease = lease
        self._reported_at = 0.0

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.step.parameters
        return parameters

    @property
    def is_last_try(self) -> bool:
        """Whether a temporary failure would be final now."""
        return self.step.retries >= len(settings.JOB_RETRY_PAUSES)

    def check(self) -> None:
        """Raises StepStoppedError if the job was cancelled or another worker has the step."""
        if self._lease.lost.is_set():
            raise StepStoppedError("The lease was lost.")
        if _cancelled(self.job):
            raise StepStoppedError("The job was cancelled.")

    def check_before_more(self) -> None:
        """Does the same as `check`; also raises StepHandedBackError if this worker has to stop.

        For handlers that save each item when it is done: they do not begin an item that they could
        not finish.
        """
        if Current.stopping:
            raise StepHandedBackError
        self.check()

    def lock_rows(self) -> None:
        """Locks the step and the row that its job is about until the transaction ends.

        Call it first or last in every transaction in which a step writes. It raises
        StepStoppedError if this worker has lost the lease or the row was deleted; then nothing is
        written.
        """
        if not lock_subject(self.job):
            raise StepStoppedError("What the job works on was deleted.")
        if not Step.objects.select_for_update(no_key=True).filter(held(self.step)).exists():
            raise StepStoppedError("The lease was lost.")

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Writes how many units are done. It writes at most twice a second, but always for the last
        unit.
        """
        now = time.monotonic()
        if done < total and now - self._reported_at < PROGRESS_PAUSE:
            return
        self._reported_at = now
        self.check()
        values: dict[str, Any] = {"units_done": min(done, total), "units_total": total}
        if message:
            values["message"] = message[:500]
        message = message or self.step.name
        _write(self.step, values, progress=True, message=message[:500])

    @retry_on_db_outage
    def account(self, *, tokens_in: int, tokens_out: int, cost: Decimal) -> None:
        """Adds one call of a paid service to the step and its job.

        A worker that lost its lease may call it too, because that call has to be paid as well.
        """
        added = {
            "calls": F("calls") + 1,
            "tokens_in": F("tokens_in") + tokens_in,
            "tokens_out": F("tokens_out") + tokens_out,
            "cost": F("cost") + cost,
        }
        with transaction.atomic():
            with connection.cursor() as cursor:
                # The commit does not wait for the disk; a crash of the database may lose a count.
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
            Job.objects.filter(pk=self.job.pk).update(**added)
            Step.objects.filter(pk=self.step.pk).update(**added)

    def spent(self) -> tuple[int, Decimal]:
        """Returns the tokens and the US dollars that the whole job has used so far."""
        job = Job.objects.only("tokens_in", "tokens_out", "cost").get(pk=self.job.pk)
        return job.tokens, job.cost

    def set_result(self, result: dict[str, Any]) -> None:
        """Writes the job's result. Raises StepStoppedError if the lease was lost."""
        _write(self.step, {}, result=result)


@retry_on_db_outage
def _cancelled(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, cancel_requested=True).exists()


@retry_on_db_outage
@transaction.atomic
def _write(step: Step, of_step: dict[str, Any], *, progress: bool = False, **of_job: Any) -> None:
    """Changes the rows of a step and its job. Raises StepStoppedError if the lease was lost."""
    lock_job(step.job_id)
    # Writing the same claim again locks the row, so that no other worker claims the step.
    if not Step.objects.filter(held(step)).update(claim=step.claim, **of_step):
        raise StepStoppedError("The lease was lost.")
    Job.objects.filter(pk=step.job_id).update(**of_job)
    if progress:
        update_progress(step.job_id, step.job.kind)


def run_step(step_id: int) -> str:
    """Runs a step and returns what happened, for the queue's log. Django-Q calls it as a task."""
    step = claim_step(step_id)
    if step is None:
        return "another worker has it"
    with observed_step(step) as outcome:
        try:
            outcome.text = measured(step, _run)
        except Job.DoesNotExist:
            outcome.text = "the job was deleted"
    return outcome.text


def _run(step: Step) -> str:
    if step.deaths >= settings.JOB_STEP_ATTEMPTS:
        times = settings.JOB_STEP_ATTEMPTS
        return _fail(
            step,
            StepFailedError(
                f"“{step.name}” stopped its worker {times} times and was given up. Look into the "
                "worker's log for this job, then retry it."
            ),
        )
    with Lease(step) as lease:
        Current.step = step
        try:
            return _execute(step, lease)
        finally:
            Current.step = None


def hand_back_current() -> None:
    """Puts the step that this process does, if any, back into the queue for another worker."""
    step = Current.step
    if step is not None:
        _hand_back(step, HANDED_BACK)


def _execute(step: Step, lease: Lease) -> str:
    try:
        handler = load(pipeline_for(step.job.kind).stage(step.stage).handler)
        _start_job(step)
        StepRun(step, lease).check()
        handler(StepRun(step, lease))
    except Exception as error:  # noqa: BLE001 - whatever it is, the step ends and staff are told
        return _end_by_error(step, error)
    except BaseException:
        # A time-out of the queue and the end of the process, which are not of the type Exception.
        _put_back(step, "The worker was stopped", F("retries"), F("hand_backs"))
        raise
    return _complete(step)


def _end_by_error(step: Step, error: Exception) -> str:
    if isinstance(error, StepHandedBackError):
        return _hand_back(step, HANDED_BACK)
    if isinstance(error, DB_UNAVAILABLE) and not connection_stands():
        connection.close()
        return _hand_back(step, "The database was away")
    # Whatever the error is: if the row that the job is about was deleted, nothing is left to do.
    if isinstance(error, StepStoppedError) or retry_on_db_outage(is_subject_gone)(step.job):
        return _stop(step)
    reason = _temporary_reason(error)
    if reason and step.retries < len(settings.JOB_RETRY_PAUSES):
        logger.warning("Step %s (%s): %s", step.pk, step.key, error)
        return _try_again(step, reason)
    if isinstance(error, StepFailedError):
        return _fail(step, error)
    # An unexpected error: its trace goes into the log, and staff get a reference to find it.
    reference = f"{step.job_id}/{step.key}"
    text, extra = "Step %s (%s) of job %s failed unexpectedly", {"reference": reference}
    logger.error(text, step.pk, step.key, step.job_id, exc_info=error, extra=extra)
    message = (
        f"“{step.name}” met an error inside ProfAI. Retry the job; if it fails again, report it "
        f"with the reference {reference}."
    )
    return _fail(step, StepFailedError(message))


def _temporary_reason(error: Exception) -> str:
    """Returns a message for staff if the error is temporary; otherwise an empty string."""
    if isinstance(error, StepFailedError):
        return error.message if error.retryable else ""
    if isinstance(error, DB_UNAVAILABLE):
        return "The database could not do what was asked."
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return "The disk of the worker is full; make room there."
    return ""


@retry_on_db_outage
@transaction.atomic
def _start_job(step: Step) -> None:
    _write(step, {}, message=step.name)
    Job.objects.filter(pk=step.job_id, status=JobStatus.PENDING).update(
        status=JobStatus.PROCESSING, started_at=Now(), queue_time=since("queue_time", "queued_at")
    )
    keep_trace(step.job)


@retry_on_db_outage
def _finish(step: Step, status: StepStatus, after: Callable[[Job], None], **values: Any) -> str:
    """Writes in one transaction that a step has ended and what follows from it. Returns the new
    status, or that the lease was lost. `after` is called while the job's row is locked.
    """
    with transaction.atomic():
        # Locked before the job, because what follows may delete this row.
        lock_subject(step.job)
        job = lock_job(step.job_id)
        written = Step.objects.filter(held(step)).update(
            status=status,
            claim=None,
            lease_until=None,
            run_time=since("run_time", "started_at"),
            **values,
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

    values = {"units_done": F("units_total"), "error": "", "completed_at": Now()}
    try:
        return _finish(step, StepStatus.COMPLETED, after, **values)
    except DB_UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001 - an error in what plans the next steps fails the step
        return _end_by_error(step, error)


def _fail(step: Step, error: StepFailedError) -> str:
    def after(job: Job) -> None:
        if error.final:
            job.can_retry = False
            job.save(update_fields=["can_retry"])
        else:
            queue_ready_steps(job)

    logger.warning("Step %s (%s) failed: %s", step.pk, step.key, error)
    return _finish(step, StepStatus.FAILED, after, error=error.message, completed_at=Now())


def _stop(step: Step) -> str:
    return _finish(step, StepStatus.CANCELLED, stop, completed_at=Now())


def _try_again(step: Step, reason: str) -> str:
    """Puts a step back into the queue after a temporary error, with a longer delay each time."""
    pause = settings.JOB_RETRY_PAUSES[step.retries]
    words = f"{reason} It is tried again in {in_words(pause)}."
    result = _put_back(step, words, F("retries") + 1, F("hand_backs"), pause)
    return counted(STEP_RETRIES, step, result)


def _hand_back(step: Step, reason: str) -> str:
    """Puts an interrupted step back into the queue. This does not count as a failure, unless it
    happens more than MAX_HAND_BACKS times.
    """
    more = 1 if step.hand_backs < MAX_HAND_BACKS else 0
    result = _put_back(step, reason, F("retries"), F("hand_backs") + more)
    return counted(STEP_HAND_BACKS, step, result)


@retry_on_db_outage
def _put_back(
    step: Step,
    reason: str,
    retries: Combinable,
    hand_backs: Combinable,
    delay: timedelta = timedelta(),
) -> str:
    with transaction.atomic():
        cancelled = lock_job(step.job_id).cancel_requested
        kept = not cancelled and queue_step(
            step,
            only=held(step),
            delay=delay,
            message=reason[:500],
            retries=retries,
            hand_backs=hand_backs,
            run_time=since("run_time", "started_at"),
        )
    if cancelled:
        return _stop(step)
    return StepStatus.QUEUED if kept else "the lease was lost"
