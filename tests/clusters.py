"""Real clusters in child processes, and the ways to hurt them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from jobs.models import Job, Step, StepStatus
from profai.environment import BASE_DIR
from profai.local import embedded
from tests.processes import database_url, end_group
from tests.waiting import LONG
from tests.waiting import wait_until as wait_until  # noqa: PLC0414 - others have it from here

# Everything that takes its time in production takes seconds here.
QUICK = {
    "DJANGO_SETTINGS_MODULE": "profai.settings.test",
    "JOB_LEASE_SECONDS": "3",
    "JOB_SWEEP_SECONDS": "0.5",
    "JOB_GRACE_SECONDS": "2",
    "JOB_RETRY_PAUSES": "0.5,1,2,4,8",
    # Most tests make no course, and would wait for what nobody uses.
    "Q_PRELOAD": "false",
}


class RunningCluster:
    """A cluster that leads a session of its own."""

    def __init__(self, log: Path, *, workers: int, environment: Mapping[str, str]) -> None:
        values = {"DATABASE_URL": database_url(), "Q_WORKERS": str(workers)}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster_child"],
                cwd=BASE_DIR,
                env=os.environ | QUICK | values | dict(environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.log = log

    def pids(self) -> list[int]:
        """Of its children: workers and maintenance process."""
        with suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(self.process.pid).children()]
        return []

    def kill(self) -> None:
        """As if the machine were switched off."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONG)

    def stop(self) -> None:
        end_group(self.process)


@contextmanager
def running_cluster(
    log: Path, *, workers: int = 2, environment: Mapping[str, str] | None = None
) -> Iterator[RunningCluster]:
    cluster = RunningCluster(log, workers=workers, environment=environment or {})
    try:
        yield cluster
    finally:
        cluster.stop()


def worker_pid(step: Step) -> int:
    """The process that claimed a step last."""
    return int(step.worker.rsplit(":", 1)[1])


def kill_worker_of(**lookup: object) -> Step | None:
    """Kill the worker of a running step; None where none runs."""
    step = Step.objects.filter(status=StepStatus.RUNNING, **lookup).order_by("?").first()
    if step is not None:
        with suppress(ProcessLookupError):
            os.kill(worker_pid(step), signal.SIGKILL)
    return step


def ended(*jobs: Job) -> Callable[[], bool]:
    def check() -> bool:
        for job in jobs:
            job.refresh_from_db()
        return not any(job.is_open for job in jobs)

    return check


def running(**lookup: object) -> Callable[[], bool]:
    return Step.objects.filter(status=StepStatus.RUNNING, **lookup).exists


def _server() -> embedded.Server:
    """The one of the test run; tests may have others beside it."""
    return embedded._servers[(settings.VAR_DIR / "postgres").resolve()]


@contextmanager
def database_away(*, kill: bool = False) -> Iterator[None]:
    """The embedded server is stopped, or killed, for the time of the block."""
    server = _server()
    connection.close()
    if kill:
        postmaster = psutil.Process(server.get_pid())
        os.kill(postmaster.pid, signal.SIGQUIT)
        postmaster.wait(LONG)
    else:
        server.stop()
    try:
        yield
    finally:
        # It also learns the process that it will have to stop at the end.
        server.ensure_running()


@contextmanager
def database_hanging() -> Iterator[None]:
    """The embedded server takes connections and says nothing, for the time of the block."""
    server = _server()
    connection.close()
    postmaster = psutil.Process(server.get_pid())
    # First of all: it could start more of them.
    postmaster.suspend()
    stopped = [postmaster, *postmaster.children(recursive=True)]
    try:
        for process in stopped[1:]:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in reversed(stopped):
            with suppress(psutil.NoSuchProcess):
                process.resume()
