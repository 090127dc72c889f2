"""Clusters and figures that the benchmarks of the job engine share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings

from engine.search import chroma_server
from profai.local.processes import any_free_port, wait_for_port
from profai.local.supervisor import web_command
from tests.clusters import RunningCluster, running_cluster
from tests.processes import database_url, end_group

# The values of production; `tests.clusters` shortens them.
DEFAULTS = {
    "JOB_LEASE_SECONDS": "20",
    "JOB_SWEEP_SECONDS": "5",
    "JOB_GRACE_SECONDS": "8",
    "JOB_RETRY_PAUSES": "5,15,60,180,300",
    "Q_PRELOAD": "true",
}

START = 180.0  # seconds; a machine that is busy with other things takes its time
NO_LIMIT = {"API_RATE_USER": "1000000/min", "API_RATE_UPLOAD": "1000000/min"}


@contextmanager
def clusters(count: int, workers: int, **values: str) -> Iterator[list[RunningCluster]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                running_cluster(log(number), workers=workers, environment=DEFAULTS | values)
            )
            for number in range(count)
        ]


@contextmanager
def stock_clusters(count: int) -> Iterator[None]:
    """Django-Q2 as it comes: its cluster, its broker, its defaults, four workers."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.engine.stock_settings"}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.engine.stock_cluster"]
    with ExitStack() as stack:
        for number in range(count):
            with log(number).open("ab") as output:
                process = subprocess.Popen(
                    command, env=environment, stdout=output, stderr=output, start_new_session=True
                )
            stack.callback(end_group, process)
        yield


@dataclass(frozen=True, slots=True)
class Web:
    """`group` is the id of its process group."""

    port: int
    group: int


@contextmanager
def web(**values: str) -> Iterator[Web]:
    """A web server as `make run` starts it, without rate limits."""
    port = any_free_port()
    environment = os.environ | {"DATABASE_URL": database_url()} | NO_LIMIT | values
    with log(99).open("ab") as output:
        server = subprocess.Popen(
            web_command(port), env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        assert wait_for_port(port, server, START)
        yield Web(port, server.pid)
    finally:
        end_group(server)


@contextmanager
def chroma() -> Iterator[int]:
    port, folder = any_free_port(), log(0).parent / "chroma"
    server = subprocess.Popen(
        chroma_server.command(folder, host="127.0.0.1", port=port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_for_port(port, server, START)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def log(number: int) -> Path:
    """Returns the log file of a cluster; that of the web server has the number 99."""
    path: Path = settings.VAR_DIR / f"cluster-{number}.log"
    return path


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def processor_seconds(pid: int) -> float:
    """Returns what a process and those below it have used, those that ended included."""
    parent = psutil.Process(pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(sum(time[:4]) for time in times)
