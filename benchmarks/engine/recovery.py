"""From `kill -9` until the step runs again, with the defaults; and a step that is left alone."""

from __future__ import annotations

import os
import random
import signal
import time
from statistics import median

from benchmarks.engine.parts import clusters
from benchmarks.report import Result, write_result
from jobs.models import Job, Step, StepStatus
from jobs.pipelines import register
from jobs.services import create_job
from tests.clusters import RunningCluster, wait_until, worker_pid
from tests.jobs.handlers import PIPELINE, step

WORKERS, ROUNDS = 3, 3
GOAL = 60
# The kills of all rounds are deaths of the steps: with the default limit the last cluster would
# give them up at once, and a glimpse of a step before it fails would pass for its recovery.
MANY_DEATHS = {"JOB_STEP_ATTEMPTS": "100"}
GLIMPSE = 1.0  # seconds; a step that is given up runs for less


def run() -> None:
    register(PIPELINE)
    random.seed(1)
    job = create_job(
        kind="test", title="", steps=[step(f"s{n}", sleep=1200) for n in range(WORKERS + 1)]
    )
    with clusters(1, WORKERS + 1, **MANY_DEATHS) as (cluster,):
        wait_until(lambda: _running(job) == WORKERS + 1)
        killed = [time_ for _ in range(ROUNDS) for time_ in _kill_workers(job)]
        # One of the steps went through all rounds untouched, for many leases.
        attempts = job.steps.get(key="s0").attempts
        whole = _kill_cluster(cluster, job)
    _report(killed, whole, attempts)


def _running(job: Job) -> int:
    return job.steps.filter(status=StepStatus.RUNNING).count()


def _kill_workers(job: Job) -> list[float]:
    """Kill the workers of all steps but the first, at random moments of their leases."""
    times: dict[int, float] = {}
    for victim in job.steps.exclude(key="s0"):
        time.sleep(random.uniform(0, 3))  # noqa: S311 - no secret
        times[victim.pk] = time.monotonic()
        os.kill(worker_pid(victim), signal.SIGKILL)
    return _until_they_run(times, {pk: worker_of(pk) for pk in times})


def worker_of(pk: int) -> str:
    return Step.objects.get(pk=pk).worker


def _until_they_run(times: dict[int, float], workers: dict[int, str]) -> list[float]:
    found: dict[int, float] = {}

    def all_run() -> bool:
        again = Step.objects.filter(pk__in=set(times) - set(found), status=StepStatus.RUNNING)
        for step_ in again:
            if step_.worker != workers[step_.pk]:
                found[step_.pk] = time.monotonic() - times[step_.pk]
        return len(found) == len(times)

    wait_until(all_run, 120)
    time.sleep(GLIMPSE)
    still = Step.objects.filter(pk__in=times, status=StepStatus.RUNNING).count()
    assert still == len(times), "Steps were given up instead of being done."
    return list(found.values())


def _kill_cluster(cluster: RunningCluster, job: Job) -> list[float]:
    steps = list(job.steps.all())
    start = time.monotonic()
    cluster.kill()
    with clusters(1, WORKERS + 1, **MANY_DEATHS):
        return _until_they_run(
            {step_.pk: start for step_ in steps}, {step_.pk: step_.worker for step_ in steps}
        )


def _report(killed: list[float], whole: list[float], attempts: int) -> None:
    worst = max(killed + whole)
    write_result(
        Result(
            id="recovery",
            value=round(worst, 1),
            unit="seconds, worst",
            goal=f"<= {GOAL}",
            holds=worst <= GOAL and attempts == 1,
            yardstick="from kill -9 until the step runs again, default settings",
            runs=len(killed) + len(whole),
            parts={
                "a worker": f"median {median(killed):.1f} s, worst {max(killed):.1f} s",
                "a whole cluster": f"median {median(whole):.1f} s, worst {max(whole):.1f} s",
                "starts of a long step beside them": attempts,
            },
        )
    )
