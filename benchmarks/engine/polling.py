"""What it costs the web server to tell the state of a job, and how long the answer takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.services import make_token
from benchmarks.engine.parts import Web, percentile, processor_seconds, web
from benchmarks.report import Result, write_result
from jobs.models import Job
from jobs.pipelines import register
from jobs.services import create_job
from profai.roles import ensure_groups
from tests.factories import make_teacher
from tests.jobs.handlers import PIPELINE, step

RATE, SECONDS, ROUNDS = 100, 5, 7
GOAL = 3.0


def run() -> None:
    """Both views answer on the same server, one after the other, in every round."""
    ensure_groups()
    user = make_teacher("bench")
    job = _job(user)
    token = make_token(user=user, name="bench", scopes=[Scope.JOBS_READ], days=1).text
    paths = ("/bench/bare", f"/api/jobs/{job.pk}")
    with web(DJANGO_SETTINGS_MODULE="benchmarks.engine.web_settings") as server:
        for path in paths:
            poll(server.port, path, token, 50, 4)
        rounds = [[_round(server, path, token) for path in paths] for _ in range(ROUNDS)]
    ratio = median(status.processor / bare.processor for bare, status in rounds)
    bare, status = zip(*rounds, strict=True)
    write_result(
        Result(
            id="job-status",
            value=round(ratio, 2),
            unit="times (processor time)",
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


@dataclass(frozen=True, slots=True)
class Round:
    """Processor seconds of the web server for one poll, and the seconds that each poll took."""

    processor: float
    times: list[float]


def _round(server: Web, path: str, token: str) -> Round:
    before = processor_seconds(server.group)
    times = poll(server.port, path, token, RATE, SECONDS)
    return Round((processor_seconds(server.group) - before) / len(times), times)


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


def _words(rounds: Sequence[Round]) -> str:
    times = [time for one in rounds for time in one.times]
    return (
        f"{1000 * median(one.processor for one in rounds):.2f} ms of a processor, "
        f"p50 {1000 * median(times):.1f} ms, p95 {1000 * percentile(times, 0.95):.1f} ms"
    )
