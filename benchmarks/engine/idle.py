"""What an idle cluster asks of the database, and how soon it starts what comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

from django.db import connection

from benchmarks.engine.parts import clusters, percentile, stock_clusters
from benchmarks.report import Result, write_result
from jobs.pipelines import register
from jobs.services import create_job
from profai.local import embedded
from tests.clusters import ended, wait_until
from tests.jobs.handlers import PIPELINE, step

SECONDS, JOBS = 40, 40
GOAL = 5


def run() -> None:
    register(PIPELINE)
    with connection.cursor() as cursor:
        # New sessions, the clusters' that is, write every statement into the server's log.
        cursor.execute(f'ALTER DATABASE "{_name()}" SET log_min_duration_statement = 0')
    try:
        rate, waits = _measure_ours()
        stock = _rate(stock_clusters(1))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{_name()}" RESET log_min_duration_statement')
    write_result(
        Result(
            id="idle-queries",
            value=round(rate, 2),
            unit="queries/s",
            goal=f"<= {GOAL}",
            holds=rate <= GOAL,
            yardstick="one cluster of 4 workers, every statement in the server's log counted",
            runs=1,
            parts={
                "Django-Q2 with its defaults": f"{stock:.1f} queries/s",
                "queued to started": f"median {1000 * median(waits):.0f} ms, "
                f"p95 {1000 * percentile(waits, 0.95):.0f} ms",
            },
        )
    )


def _name() -> str:
    name: str = connection.settings_dict["NAME"]
    return name


def _measure_ours() -> tuple[float, list[float]]:
    rate = _rate(clusters(1, 4))
    waits = []
    with clusters(1, 4):
        wait_until(ended(create_job(kind="test", title="", steps=[step("warm")])))
        for _ in range(JOBS):
            time.sleep(0.15)
            job = create_job(kind="test", title="", steps=[step("a")])
            wait_until(ended(job))
            waits.append(job.steps.get().queue_time.total_seconds())
    return rate, waits


def _rate(running: AbstractContextManager[object]) -> float:
    with _quiet(), running:
        time.sleep(8)  # to start
        before = _statements()
        time.sleep(SECONDS)
        return (_statements() - before) / SECONDS


@contextmanager
def _quiet() -> Iterator[None]:
    """This process asks nothing itself."""
    connection.close()
    yield


def _statements() -> int:
    (server,) = embedded._servers.values()
    with Path(server.log).open(errors="replace") as log:
        return sum(" duration: " in line for line in log)
