"""How long an upload takes while the workers are idle, and while every one is at work."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import httpx
import psutil
from django.contrib.auth.models import User

from accounts.models import Scope
from accounts.services import make_token
from benchmarks.engine.parts import chroma, clusters, percentile, web
from benchmarks.report import Result, write_result
from jobs.models import Step, StepStatus
from profai.environment import BASE_DIR
from tests.clusters import wait_until

UPLOADS, ROUNDS, WORKERS = 80, 3, 2
GOAL = 1.5
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"


def run() -> None:
    user = User.objects.create_superuser("bench")
    token = make_token(user=user, name="bench", scopes=Scope.values, days=1)
    headers = {"Authorization": f"Bearer {token.text}"}
    idle: list[list[float]] = []
    busy: list[list[float]] = []
    idle_shares: list[float] = []
    with (
        web() as server,
        httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=60
        ) as client,
        chroma() as port,
    ):
        _uploads(client, 10)
        for _ in range(ROUNDS):
            idle.append(_uploads(client, UPLOADS))
            with clusters(1, WORKERS, CHROMA_PORT=str(port)):
                wait_until(lambda: _running() == WORKERS, 60)
                used = psutil.cpu_times()
                busy.append(_uploads(client, UPLOADS))
                idle_shares.append(_idle_share(used, psutil.cpu_times()))
                # They were at work to the end, and have more to do.
                assert Step.objects.filter(status=StepStatus.WAITING).exists()
    ratio = median(
        percentile(loaded, 0.95) / percentile(quiet, 0.95)
        for quiet, loaded in zip(idle, busy, strict=True)
    )
    write_result(
        Result(
            id="upload-under-load",
            value=round(ratio, 2),
            unit="times (p95)",
            goal=f"<= {GOAL}",
            holds=ratio <= GOAL,
            yardstick="the same uploads with idle workers, same run",
            runs=ROUNDS,
            parts={
                "idle": _words([time_ for times in idle for time_ in times]),
                "workers saturated": _words([time_ for times in busy for time_ in times]),
                "processors idle while saturated": f"{median(idle_shares):.0%}",
            },
        )
    )


def _words(times: list[float]) -> str:
    return f"p50 {1000 * median(times):.0f} ms, p95 {1000 * percentile(times, 0.95):.0f} ms"


def _idle_share(before: Any, after: Any) -> float:
    spent = [late - early for early, late in zip(before, after, strict=True)]
    return float((after.idle - before.idle) / sum(spent))


def _running() -> int:
    return Step.objects.filter(status=StepStatus.RUNNING).count()


def _uploads(client: httpx.Client, count: int) -> list[float]:
    content = SAMPLE.read_bytes()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        answer = client.post("/api/upload-pdfs", files={"files": ("water.pdf", content)})
        times.append(time.perf_counter() - start)
        assert answer.status_code == 202, answer.text
    return times
