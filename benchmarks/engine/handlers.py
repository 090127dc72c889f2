"""Tasks and steps that stand in for real work."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

from jobs.models import Job
from jobs.parallel import for_each
from jobs.pipelines import Pipeline, Stage, StepSpec
from jobs.runner import StepRun

CALL = 2.0  # seconds that a call of a language model takes
TOPICS, QUESTIONS, GROUPS = 48, 24, 3
CALLS = 1 + TOPICS + QUESTIONS

COURSE = Pipeline(
    kind="bench",
    title="A course, its calls simulated",
    stages=(
        Stage("outline", "Outline", 5, "benchmarks.engine.handlers.calls", then=f"{__name__}.plan"),
        Stage("write", "Write", 65, "benchmarks.engine.handlers.calls"),
        Stage("quiz", "Quiz", 30, "benchmarks.engine.handlers.calls"),
    ),
)


def note(number: int, path: str) -> None:
    """A task that does nothing but say, in one write, that it ran and when."""
    line = f"{number} {time.time()}\n".encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def outline() -> StepSpec:
    return StepSpec(key="outline", stage="outline", name="Outline", parameters={"calls": 1})


def plan(_job: Job) -> Sequence[StepSpec]:
    steps: list[StepSpec] = []
    for group in range(GROUPS):
        write = _step("write", group, TOPICS // GROUPS)
        steps += [write, _step("quiz", group, QUESTIONS // GROUPS, write.key)]
    return steps


def _step(stage: str, group: int, calls: int, *needs: str) -> StepSpec:
    key = f"{stage}:{group}"
    return StepSpec(key=key, stage=stage, name=key, needs=needs, parameters={"calls": calls})


def calls(run: StepRun) -> None:
    async def call(number: int) -> str:
        await asyncio.sleep(CALL)
        return f"Call {number}"

    for_each(run, range(run.parameters["calls"]), call)
