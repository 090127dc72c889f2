"""The worker's side: claim a step, do it under a lease, write how it ended.

Delivery may be at least once; a claim that takes no row ends the task, so that the work
is done once. Every write names the claim: a worker that lost its lease changes nothing.
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

from jobs.dispatch import end_if_done, lock_job, queue_ready_steps, queue_step, stop
from jobs.durations import in_words, since
from jobs.errors import StepFailedError, StepHandedBackError, StepStoppedError
from jobs.lease import Lease, claim_step, held
from jobs.measuring import count_of, measured
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.patience import AWAY, connection_stands, patient
from jobs.pipelines import load, pipeline_for
from jobs.progress import update_progress
from jobs.services import add_steps
from jobs.watching import keep_trace, watched
from telemetry.metrics import STEP_HAND_BACKS, STEP_RETRIES

logger = logging.getLogger(__name__)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PROGRESS_PAUSE = 0.5  # seconds between two writes of progress by one step
HANDED_BACK = "Handed back by a worker that stops"
HAND_BACKS = 20  # of one step that count as nobody's fault


class Current:
    """What this process does now, for the thread that stops a worker; and whether it stops."""

    step: Step | None = None
    stopping = False


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

    @property
    def is_last_try(self) -> bool:
        """Whether a failure that may pass by itself would be final now."""
        return self.step.retries >= len(settings.JOB_RETRY_PAUSES)

    def check(self) -> None:
        """Raises StepStoppedError if the job was cancelled or another worker has the step."""
        if self._lease.lost.is_set():
            raise StepStoppedError("The lease was lost.")
        if _cancelled(self.job):
            raise StepStoppedError("The job was cancelled.")

    def check_before_more(self) -> None:
        """As `check`, and raises StepHandedBackError if this worker is to stop.

        For handlers that save item by item: they begin no item that they could not finish.
        """
        if Current.stopping:
            raise StepHandedBackError
        self.check()

    def hold(self) -> None:
        """Inside a transaction: keep the step ours to its end, or raise StepStoppedError.

        For what must not be written by a worker that was taken for dead.
        """
        if not Step.objects.select_for_update().filter(held(self.step)).exists():
            raise StepStoppedError("The lease was lost.")

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
        _report(self.step, values)

    @patient
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


@patient
def _cancelled(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, cancel_requested=True).exists()


@patient
def _report(step: Step, values: dict[str, Any]) -> None:
    Step.objects.filter(held(step)).update(**values)
    Job.objects.filter(pk=step.job_id).update(message=values.get("message", step.name)[:500])
    update_progress(step.job_id, step.job.kind)


def run_step(step_id: int) -> str:
    """The Django-Q task. Its return value says what happened, for the queue's log."""
    step = claim_step(step_id)
    if step is None:
        return "another worker has it"
    with watched(step) as watch:
        watch.outcome = measured(step, _run)
    return watch.outcome


def _run(step: Step) -> str:
    if step.deaths >= settings.JOB_STEP_ATTEMPTS:
        return _fail(step, StepFailedError(_gave_up(step)))
    with Lease(step) as lease:
        Current.step = step
        try:
            _start_job(step)
            return _execute(step, lease)
        finally:
            Current.step = None


def hand_back_current() -> None:
    """Give up the step of this process, if it does one, for another worker to go on with."""
    step = Current.step
    if step is not None:
        _hand_back(step, HANDED_BACK)


def _execute(step: Step, lease: Lease) -> str:
    handler = load(pipeline_for(step.job.kind).stage(step.stage).handler)
    try:
        StepRun(step, lease).check()
        handler(StepRun(step, lease))
    except Exception as error:  # noqa: BLE001 - whatever it is, the step ends and staff are told
        return _after(step, error)
    except BaseException:
        # The queue's time-out and the end of the process are not Exceptions.
        _put_back(step, "The worker was stopped", F("retries"), F("hand_backs"))
        raise
    return _complete(step)


def _after(step: Step, error: Exception) -> str:
    if isinstance(error, StepStoppedError):
        return _stop(step)
    if isinstance(error, StepHandedBackError):
        return _hand_back(step, HANDED_BACK)
    if isinstance(error, AWAY) and not connection_stands():
        connection.close()
        return _hand_back(step, "The database was away")
    reason = _passing(error)
    if reason and step.retries < len(settings.JOB_RETRY_PAUSES):
        logger.warning("Step %s (%s): %s", step.pk, step.key, error)
        return _try_again(step, reason)
    if isinstance(error, StepFailedError):
        return _fail(step, error)
    return _broke(step, error)


def _passing(error: Exception) -> str:
    """What is wrong, in words, if it may pass by itself; else nothing."""
    if isinstance(error, StepFailedError):
        return error.message if error.retryable else ""
    if isinstance(error, AWAY):
        return "The database could not do what was asked."
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return "The disk of the worker is full; make room there."
    return ""


def _broke(step: Step, error: Exception) -> str:
    """A defect of ours: the log has the trace, staff get a reference to it."""
    words = "Step %s (%s) of job %s broke"
    reference = {"reference": _reference(step)}
    logger.error(words, step.pk, step.key, step.job_id, exc_info=error, extra=reference)
    return _fail(step, StepFailedError(_internal(step)))


@patient
def _start_job(step: Step) -> None:
    Job.objects.filter(pk=step.job_id, status=JobStatus.PENDING).update(
        status=JobStatus.PROCESSING, started_at=Now(), queue_time=since("queue_time", "queued_at")
    )
    Job.objects.filter(pk=step.job_id).update(message=step.name)
    keep_trace(step.job)


@patient
def _finish(step: Step, status: StepStatus, after: Callable[[Job], None], **values: Any) -> str:
    """Write a step's end and what follows from it in one transaction under the job's lock."""
    with transaction.atomic():
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
    except AWAY:
        raise
    except StepStoppedError:
        return _stop(step)
    except Exception as error:  # noqa: BLE001 - a plan that breaks is the step's failure
        return _broke(step, error)


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
    """The trouble may pass by itself: wait longer each time."""
    pause = settings.JOB_RETRY_PAUSES[step.retries]
    words = f"{reason} It is tried again in {in_words(pause)}."
    result = _put_back(step, words, F("retries") + 1, F("hand_backs"), pause)
    return count_of(STEP_RETRIES, step, result)


def _hand_back(step: Step, reason: str) -> str:
    """Not the step's fault: it costs no attempt, unless it happens again and again."""
    more = 1 if step.hand_backs < HAND_BACKS else 0
    result = _put_back(step, reason, F("retries"), F("hand_backs") + more)
    return count_of(STEP_HAND_BACKS, step, result)


@patient
def _put_back(
    step: Step,
    reason: str,
    retries: Combinable,
    hand_backs: Combinable,
    delay: timedelta = timedelta(),
) -> str:
    with transaction.atomic():
        job = lock_job(step.job_id)
        if job.cancel_requested:
            return _stop(step)
        kept = queue_step(
            step,
            only=held(step),
            delay=delay,
            message=reason[:500],
            retries=retries,
            hand_backs=hand_backs,
            run_time=since("run_time", "started_at"),
        )
    return StepStatus.QUEUED if kept else "the lease was lost"


def _gave_up(step: Step) -> str:
    return (
        f"\u201c{step.name}\u201d stopped its worker {settings.JOB_STEP_ATTEMPTS} times and was "
        "given up. Look into the worker's log for this job, then retry it."
    )


def _internal(step: Step) -> str:
    return (
        f"\u201c{step.name}\u201d met an error inside ProfAI. Retry the job; if it fails again, "
        f"report it with the reference {_reference(step)}."
    )


def _reference(step: Step) -> str:
    return f"{step.job_id}/{step.key}"
