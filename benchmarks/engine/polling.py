"""How long the state of a job takes to come while clients poll 500 times a second."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.services import make_token
from benchmarks.engine.parts import percentile, web
from benchmarks.report import Result, write_result
from jobs.models import Job
from jobs.pipelines import register
from jobs.services import create_job
from profai.roles import ensure_groups
from tests.factories import make_teacher
from tests.jobs.handlers import PIPELINE, step

RATE, SECONDS, ROUNDS = 500, 5, 3
GOAL = 3.0


def run() -> None:
    """Both views answer on the same server, one after the other, in every round."""
    ensure_groups()
    user = make_teacher("bench")
    job = _job(user)
    token = make_token(user=user, name="bench", scopes=[Scope.JOBS_READ], days=1).text
    bare: list[list[float]] = []
    status: list[list[float]] = []
    with web(DJANGO_SETTINGS_MODULE="benchmarks.engine.web_settings") as server:
        port = server.port
        for path in ("/bench/bare", f"/api/jobs/{job.pk}"):
            poll(port, path, token, 50, 4)
        for _ in range(ROUNDS):
            bare.append(poll(port, "/bench/bare", token, RATE, SECONDS))
            status.append(poll(port, f"/api/jobs/{job.pk}", token, RATE, SECONDS))
    ratio = median(
        percentile(times, 0.95) / percentile(quick, 0.95)
        for quick, times in zip(bare, status, strict=True)
    )
    write_result(
        Result(
            id="job-status",
            value=round(ratio, 2),
            unit="times (p95)",
            goal=f"<= {GOAL}",
            holds=ratio <= GOAL,
            yardstick="a DRF view without account, permission or database, same server, same run",
            runs=ROUNDS,
            parts={
                "polls a second": RATE,
                "bare view": _words(bare),
                "state of a job": _words(status),
            },
        )
    )


def _job(user: User) -> Job:
    register(PIPELINE)
    steps = [step(f"step {number}") for number in range(50)]
    return create_job(kind="test", title="Rivers", steps=steps, requested_by=user)


def poll(port: int, path: str, token: str, rate: int, seconds: int) -> list[float]:
    """Seconds from the moment a poll was due until its answer was there, in another process."""
    command = [sys.executable, "-m", "benchmarks.engine.poller", str(port), path, token]
    done = subprocess.run(
        [*command, str(rate), str(seconds)], capture_output=True, text=True, check=True
    )
    return [float(line) for line in done.stdout.split()]


def _words(rounds: list[list[float]]) -> str:
    times = [time for times in rounds for time in times]
    return f"p50 {1000 * median(times):.1f} ms, p95 {1000 * percentile(times, 0.95):.1f} ms"
