"""What the runner tells the metrics of a step."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import Counter

from jobs.models import JobStatus, Step, StepStatus
from jobs.pipelines import registered
from jobs.signals import series_begin
from telemetry.metrics import JOB, STEP, STEP_WAIT, WORKER_ENDS, begin, count, observe

STOPPED = "stopped"  # by the queue's time-out or the end of the process
OUTCOMES = {StepStatus.QUEUED.value: "put_back", "the lease was lost": "lost"}


def begin_series() -> None:
    """A series that begins with 1 has not risen for Prometheus, and its first failure is unseen."""
    for pipeline in registered():
        for status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED):
            begin(JOB, kind=pipeline.kind, status=status.value)
    for reason in ("recycled", "died", "keeper_died"):
        begin(WORKER_ENDS, reason=reason)
    # No defect in a series may keep workers from starting.
    series_begin.send_robust(sender=None)


def measured(step: Step, run: Callable[[Step], str]) -> str:
    """Do a claimed step; what `run` returns says how it ended."""
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


def count_of(metric: Counter, step: Step, result: str) -> str:
    """Count a step that is in the queue again."""
    if result == StepStatus.QUEUED:
        count(metric, kind=step.job.kind, stage=step.stage)
    return result
