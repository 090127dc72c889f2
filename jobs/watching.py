"""What the log and the traces are told of the work on a step, or on another task of the queue."""

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

from jobs.dispatch import RUN_STEP
from jobs.models import Job, Step
from telemetry.context import working_on
from telemetry.traces import continued, current_parent, is_on, link_here, span

logger = structlog.get_logger(__name__)

PARENT = "traceparent"  # of a task's message


class Watch:
    """How it ended, in the words of the queue's log."""

    outcome = "stopped"


@contextmanager
def watched(step: Step) -> Iterator[Watch]:
    """Every try of a step goes on with its job's trace, wherever and however often it runs."""
    watch, started = Watch(), time.monotonic()
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
            yield watch
        finally:
            current.set_attribute("profai.outcome", str(watch.outcome))
            logger.info("Step ends", outcome=str(watch.outcome), duration_ms=_since(started))


def keep_trace(job: Job) -> None:
    """A job that was asked for outside of any trace gets that of its first step."""
    if is_on() and not job.trace_context:
        Job.objects.filter(pk=job.pk, trace_context="").update(trace_context=current_parent())


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)


def note_intervention(job: Job, what: str) -> None:
    """A mark in the job's trace, with a link to the request of whoever stepped in."""
    number = str(job.pk)
    logger.info("Somebody stepped in", job_id=number, what=what)
    if job.trace_context:
        place, links = continued(job.trace_context), link_here()
        with span(f"job {what}", within=place, links=links, attributes={"profai.job_id": number}):
            pass


# --- tasks that are no steps


def send_parent(task: dict[str, Any], **_signal: Any) -> None:
    """A receiver of Django-Q2's `pre_enqueue`: the task's message says where it comes from."""
    if parent := current_parent():
        task[PARENT] = parent


pre_enqueue.connect(send_parent, dispatch_uid="jobs.watching")


def watched_task(task: dict[str, Any]) -> dict[str, Any]:
    """The task with its function wrapped: its lines carry its name, its span its origin.

    A path that leads nowhere is left as it is: Django-Q2's worker says so in the task's row.
    """
    path, parent = task["func"], task.pop(PARENT, "")
    function = _found(path) if isinstance(path, str) else path
    if path != RUN_STEP and callable(function):
        called = path if isinstance(path, str) else _name_of(function)
        task["func"] = _wrapped(function, called, task["name"], parent)
    return task


def _found(path: str) -> object:
    """A module that breaks when it is imported fails the task: Django-Q2's worker would import it
    where it catches nothing, and die."""
    try:
        return locate(path)
    except ErrorDuringImport as error:
        return partial(_fail, error)


def _fail(error: Exception, *_args: Any, **_kwargs: Any) -> None:
    raise error


def _name_of(function: Callable[..., Any]) -> str:
    """Of what has no name the kind; how it prints may tell what it was given."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


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
                # What commands print for people is no line of the log.
                with redirect_stdout(StringIO()):
                    result = function(*args, **kwargs)
            except Exception:
                logger.exception("Task failed", function=called, duration_ms=_since(started))
                raise
            said = result if isinstance(result, str) else "done"
            logger.info("Task ends", function=called, outcome=said, duration_ms=_since(started))
            return result

    return run
