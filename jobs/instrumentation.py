"""Log lines, spans and metrics of steps and of the queue's other tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial, wraps
from io import StringIO
from pydoc import ErrorDuringImport, locate
from typing import Any

import structlog
from django_q.signals import pre_enqueue
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from jobs.dispatch import RUN_STEP
from jobs.models import Job, JobStatus, Step, StepStatus
from jobs.pipelines import registered
from jobs.signals import series_begin
from telemetry.context import working_on
from telemetry.metrics import JOB, STEP, STEP_WAIT, WORKER_ENDS, begin, count, observe
from telemetry.traces import continued, current_parent, is_on, link_here, span

logger = structlog.get_logger(__name__)

PARENT = "traceparent"  # the key in a task's message
STOPPED = "stopped"  # by the queue's time-out or the end of the process
OUTCOMES = {StepStatus.QUEUED.value: "put_back", "the lease was lost": "lost"}


class StepOutcome:
    """How a try of a step ended, as the queue's log says it."""

    text = STOPPED


@contextmanager
def observed_step(step: Step) -> Iterator[StepOutcome]:
    """Logs a try of a step, and makes a span of it in its job's trace. The block sets the
    outcome."""
    outcome, started = StepOutcome(), time.monotonic()
    attributes = {
        "profai.job_id": str(step.job_id),
        "profai.job_kind": step.job.kind,
        "profai.step": step.key,
        "profai.attempt": step.attempts,
    }
    with (
        working_on(job_id=str(step.job_id), step=step.key, attempt=step.attempts),
        span(
            f"step {step.stage}",
            kind=SpanKind.CONSUMER,
            within=continued(step.job.trace_context),
            attributes=attributes,
        ) as current,
    ):
        logger.info("Step starts", stage=step.stage)
        try:
            yield outcome
        finally:
            current.set_attribute("profai.outcome", str(outcome.text))
            logger.info("Step ends", outcome=str(outcome.text), duration_ms=_since(started))


def keep_trace(job: Job) -> None:
    """Gives a job that was requested outside of any trace the trace of its first step."""
    if is_on() and not job.trace_context:
        Job.objects.filter(pk=job.pk, trace_context="").update(trace_context=current_parent())


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)


def note_intervention(job: Job, what: str) -> None:
    """Marks a cancel or retry in the job's trace, with a link to the request that asked for it."""
    number = str(job.pk)
    logger.info("Somebody stepped in", job_id=number, what=what)
    if job.trace_context:
        place, links = continued(job.trace_context), link_here()
        with span(f"job {what}", within=place, links=links, attributes={"profai.job_id": number}):
            pass


# --- metrics


def begin_series() -> None:
    """Shows all series at 0: Prometheus does not see a rise in a series that begins with 1."""
    for pipeline in registered():
        for status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED):
            begin(JOB, kind=pipeline.kind, status=status.value)
    for reason in ("recycled", "died", "maintenance_died"):
        begin(WORKER_ENDS, reason=reason)
    # No defect in a series may keep workers from starting.
    series_begin.send_robust(sender=None)


def measured(step: Step, run: Callable[[Step], str]) -> str:
    """Runs a claimed step and measures it; returns what `run` returns, which says how it ended."""
    labels = {"kind": step.job.kind, "stage": step.stage}
    if step.started_at and step.queued_at:
        observe(STEP_WAIT, (step.started_at - step.queued_at).total_seconds(), **labels)
    started, outcome = time.monotonic(), STOPPED
    try:
        outcome = run(step)
    finally:
        taken = time.monotonic() - started
        observe(STEP, taken, outcome=OUTCOMES.get(outcome, str(outcome)), **labels)
    return outcome


def counted(metric: Counter, step: Step, result: str) -> str:
    """Counts a step that is in the queue again; returns `result`."""
    if result == StepStatus.QUEUED:
        count(metric, kind=step.job.kind, stage=step.stage)
    return result


# --- tasks that are no steps


def send_parent(task: dict[str, Any], **_signal: Any) -> None:
    """Adds the span under way to a task's message. A receiver of Django-Q2's `pre_enqueue`."""
    if parent := current_parent():
        task[PARENT] = parent


pre_enqueue.connect(send_parent, dispatch_uid="jobs.instrumentation")


def observed_task(task: dict[str, Any]) -> dict[str, Any]:
    """Returns the task with its function wrapped, so that its log lines and its span name it.

    A path that leads to nothing is left as it is: Django-Q2's worker writes that into the task's
    row.
    """
    path, parent = task["func"], task.pop(PARENT, "")
    function = _found(path) if isinstance(path, str) else path
    if path != RUN_STEP and callable(function):
        if isinstance(path, str):
            name = path
        else:
            # If it has no name, its class: its repr may show its arguments.
            named = function if hasattr(function, "__qualname__") else type(function)
            name = f"{named.__module__}.{named.__qualname__}"
        task["func"] = _wrapped(function, name, task["name"], parent)
    return task


def _found(path: str) -> object:
    """Returns what the path leads to; for a module that cannot be imported, a function that raises
    that.

    Django-Q2's worker would import it where it catches no errors, and die.
    """
    try:
        return locate(path)
    except ErrorDuringImport as error:
        return partial(_fail, error)


def _fail(error: Exception, *_args: Any, **_kwargs: Any) -> None:
    raise error


def _wrapped(
    function: Callable[..., Any], called: str, name: str, parent: str
) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        started = time.monotonic()
        with (
            working_on(task=name),
            span(
                f"task {called}",
                kind=SpanKind.CONSUMER,
                within=continued(parent),
                attributes={"messaging.system": "django_q", "profai.task": name},
            ),
        ):
            try:
                # What commands print for people does not belong in the log.
                with redirect_stdout(StringIO()):
                    result = function(*args, **kwargs)
            except Exception:
                logger.exception("Task failed", function=called, duration_ms=_since(started))
                raise
            said = result if isinstance(result, str) else "done"
            logger.info("Task ends", function=called, outcome=said, duration_ms=_since(started))
            return result

    return run
