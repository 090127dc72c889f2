"""A pipeline for tests: what its steps do is said in their parameters."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from jobs.errors import StepFailedError
from jobs.lease import claim_step
from jobs.models import Job, Step
from jobs.pipelines import Pipeline, Stage, StepSpec
from jobs.runner import StepRun
from jobs.services import cancel_job

PIPELINE = Pipeline(
    kind="test",
    title="Test",
    stages=(
        Stage("first", "First", 50, "tests.jobs.handlers.handle", then="tests.jobs.handlers.more"),
        Stage("second", "Second", 50, "tests.jobs.handlers.handle"),
    ),
    on_end="tests.jobs.handlers.ended",
)
ENDED: list[tuple[str, str]] = []


def step(key: str, *needs: str, stage: str = "second", **actions: object) -> StepSpec:
    parameters = {"do": list(actions.items())}
    return StepSpec(key=key, stage=stage, name=f"Do {key}", needs=needs, parameters=parameters)


def expire(step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(lease_until="2020-01-01T00:00Z")


def more(job: Job) -> Sequence[StepSpec]:
    return [step(key, "plan") for key in job.parameters.get("more", [])]


def ended(job: Job) -> None:
    ENDED.append((str(job.pk), job.status))


def handle(run: StepRun) -> None:
    """Do the actions that the step's parameters name, in their order."""
    for action, value in run.parameters["do"]:
        ACTIONS[action](run, value)
    run.set_result({"last": run.step.key})


def _trace(run: StepRun, path: str) -> None:
    with Path(path).open("a") as trace:
        trace.write(f"{run.step.key}\n")


def _die(run: StepRun, attempts: int) -> None:
    if run.step.attempts <= attempts:
        os.kill(os.getpid(), signal.SIGKILL)


def _fail(_run: StepRun, how: dict[str, Any]) -> None:
    raise StepFailedError(**how)


def _break(_run: StepRun, words: str) -> None:
    raise ZeroDivisionError(words)


def _steal(run: StepRun, _value: object) -> None:
    expire(run.step)
    claim_step(run.step.pk)


def _more(run: StepRun, _items: int) -> None:
    run.check_before_more()


def _oserror(_run: StepRun, number: int) -> None:
    raise OSError(number, os.strerror(number))


def _sql(_run: StepRun, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _units(run: StepRun, total: int) -> None:
    run.progress(total // 2, total, "half way")


def _use(_run: StepRun, megabytes: int) -> None:
    """Need memory while the step runs."""
    held = [b"\1" * 2**20 for _ in range(megabytes)]
    held.clear()


KEPT: list[bytes] = []


def _keep(_run: StepRun, megabytes: int) -> None:
    """Hold memory for good, as a library does that leaks."""
    KEPT.extend(b"\1" * 2**20 for _ in range(megabytes))


ACTIONS: dict[str, Callable[[StepRun, Any], object]] = {
    "trace": _trace,
    "sleep": lambda _run, seconds: time.sleep(seconds),
    "die": _die,
    "fail": _fail,
    "break": _break,
    "cancel": lambda run, _value: cancel_job(run.job),
    "steal": _steal,
    "units": _units,
    "more": _more,
    "oserror": _oserror,
    "sql": _sql,
    "use": _use,
    "keep": _keep,
}
