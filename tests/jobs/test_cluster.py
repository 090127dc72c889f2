"""Real Django-Q clusters in child processes: delivery, and workers that are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from jobs.models import Job, JobStatus, StepStatus
from jobs.pipelines import register
from jobs.recovery import sweep
from jobs.services import create_job
from tests.jobs.handlers import PIPELINE, step
from tests.processes import database_url, end_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster]

CLUSTER = """
import django; django.setup()
from jobs.pipelines import register
from tests.jobs.handlers import PIPELINE
register(PIPELINE)
from django.core.management import call_command
call_command("qcluster")
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A cluster of two workers on the test database, with short leases."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        "JOB_LEASE_SECONDS": "2",
        "Q_POLL": "0.1",
    }
    with (tmp_path / "cluster.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            end_group(process)


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.1)


def ended(job: Job) -> Callable[[], bool]:
    def check() -> bool:
        job.refresh_from_db()
        return not job.is_open

    return check


def test_a_cluster_does_every_step_once_and_in_order(
    cluster: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    register(PIPELINE)
    trace = tmp_path / "trace"
    done = {"trace": str(trace)}
    middle = [step(f"m{n}", "plan", **done) for n in range(6)]
    last = step("last", *(spec.key for spec in middle), **done)
    job = create_job(kind="test", title="", steps=[step("plan", **done), *middle, last])
    wait_until(ended(job))
    assert (job.status, job.progress) == (JobStatus.COMPLETED, 100)
    lines = trace.read_text().split()
    assert sorted(lines) == sorted(spec.key for spec in [*middle, last, step("plan")])
    assert (lines[0], lines[-1]) == ("plan", "last")


def test_a_step_whose_worker_is_killed_runs_again_and_ends_once(
    cluster: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    register(PIPELINE)
    trace = tmp_path / "trace"
    job = create_job(
        kind="test",
        title="",
        steps=[step("a", trace=str(trace), die=1), step("b", "a", trace=str(trace))],
    )
    wait_until(trace.exists)
    wait_until(lambda: sweep() == 1)
    wait_until(ended(job))
    assert job.status == JobStatus.COMPLETED
    assert trace.read_text().split() == ["a", "a", "b"]
    assert job.steps.get(key="a").attempts == 2


def test_a_long_step_keeps_its_lease(cluster: subprocess.Popen[bytes], tmp_path: Path) -> None:
    register(PIPELINE)
    trace = tmp_path / "trace"
    job = create_job(kind="test", title="", steps=[step("a", trace=str(trace), sleep=5)])
    wait_until(trace.exists)
    lost = 0
    while job.steps.get().status == StepStatus.RUNNING:
        lost += sweep()
        time.sleep(0.2)
    wait_until(ended(job))
    assert (lost, trace.read_text().split()) == (0, ["a"])


def test_no_step_is_left_open_when_the_cluster_is_told_to_stop(
    cluster: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    register(PIPELINE)
    trace = tmp_path / "trace"
    job = create_job(kind="test", title="", steps=[step("a", trace=str(trace), sleep=2)])
    wait_until(trace.exists)
    cluster.terminate()
    cluster.wait(30)
    connection.close()
    assert ended(job)()
    assert job.status == JobStatus.COMPLETED
