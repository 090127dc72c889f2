"""A course by a language model against a server that takes two seconds a call.

The server runs in a process of its own and answers plausibly; ten modules, fifty topics, a
quiz a module and a final one. Workers, Chroma and PostgreSQL are those of `make run`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from benchmarks.books import books
from benchmarks.report import Result, write_result
from profai.environment import BASE_DIR
from tests.llm_server import LLMServer, running

LATENCY = 2.0
MODULES, TOPICS = 10, 50
WORKERS = 4
WIDE, NARROW = 64, 8
RUNS = 3
WARM_UP = BASE_DIR / "samples" / "water-on-earth.pdf"
GOAL_SEQUENTIAL, GOAL_CRITICAL, GOAL_BUSY = 15.0, 1.5, 0.95
# Outline, one topic; of a module's quiz and then of the final one the plan, the questions and the
# critic, which each wait for the call before.
CRITICAL_CALLS = 8


@dataclass(frozen=True)
class Run:
    """`calls` are the server's records of the measured course only."""

    measured: dict[str, Any]
    calls: Sequence[dict[str, Any]]

    @property
    def wall(self) -> float:
        wall: float = self.measured["wall"]
        return wall

    @property
    def computing(self) -> float:
        """Seconds that the work of all processes takes on all cores of this machine."""
        cpu: float = self.measured["cpu"]
        return cpu / (psutil.cpu_count() or 1)

    def of(self, schema: str) -> list[dict[str, Any]]:
        return [call for call in self.calls if call["schema"] == schema]


def sequential() -> None:
    """Against the same calls one after another, which is how the prototype made them."""
    runs = wide_runs()
    one_by_one = _one_by_one(runs[0])
    ratios = [one_by_one / run.wall for run in runs]
    value = round(median(ratios), 1)
    write_result(
        Result(
            id="course-vs-sequential",
            value=value,
            unit="times faster",
            goal=">= 15",
            holds=value >= GOAL_SEQUENTIAL,
            yardstick="the same calls, prompts and all, one after another; nothing else counted",
            runs=len(runs),
            parts={
                "one after another": f"{one_by_one:.1f} s for {len(runs[0].calls)} calls",
                "course": _spread(run.wall for run in runs),
                "calls": {name: len(runs[0].of(name)) for name in _schemas(runs[0])},
                "steps": runs[0].measured["steps"],
                "MB of a worker's own": sorted(runs[0].measured["worker_uss_mb"])[-WORKERS:],
            },
        )
    )


def critical_path() -> None:
    """Against what no order of the work could beat: four calls and the computing."""
    runs = wide_runs()
    ratios = [run.wall / (CRITICAL_CALLS * LATENCY + run.computing) for run in runs]
    value = round(median(ratios), 2)
    write_result(
        Result(
            id="course-vs-critical-path",
            value=value,
            unit="times the critical path",
            goal="<= 1.5",
            holds=value <= GOAL_CRITICAL,
            yardstick="4 calls of 2 s and the CPU time of all workers over all cores",
            runs=len(runs),
            parts={
                "course": _spread(run.wall for run in runs),
                "computing": _spread(run.computing for run in runs),
                "most calls at once": max(_at_once(run.calls) for run in runs),
            },
        )
    )


def slots_busy() -> None:
    """How full eight slots are from the first topic's call to the last one's end."""
    runs = [_run(NARROW) for _ in range(RUNS)]
    value = round(median(_busy(run) for run in runs), 3)
    write_result(
        Result(
            id="slots-busy",
            value=value,
            unit="share of slots",
            goal=">= 0.95",
            holds=value >= GOAL_BUSY,
            yardstick=f"{NARROW} calls in flight all the time, as the server counts them",
            runs=len(runs),
            parts={
                "runs": [round(_busy(run), 3) for run in runs],
                "most calls at once": max(_at_once(run.calls) for run in runs),
                "course": _spread(run.wall for run in runs),
            },
        )
    )


@lru_cache(maxsize=1)
def wide_runs() -> list[Run]:
    return [_run(WIDE) for _ in range(RUNS)]


def _run(concurrency: int) -> Run:
    with _server(latency=0.0) as server, TemporaryDirectory() as folder:
        environment = os.environ | {
            "PROFAI_VAR_DIR": f"{folder}/var",
            "LLM_PROVIDER": "custom",
            "LLM_BASE_URL": server.base_url,
            "LLM_MODEL": "stand-in",
            "LLM_CONCURRENCY": str(concurrency),
            "BENCH_LATENCY": str(LATENCY),
            "Q_WORKERS": str(WORKERS),
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "benchmarks.course_run", str(_book()), str(WARM_UP)]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True, text=True
        )
        measured = json.loads(done.stdout.splitlines()[-1])
        calls = [c for c in server.requests() if c["started"] >= measured["started"]]
    return Run(measured, calls)


@contextmanager
def _server(latency: float = LATENCY) -> Iterator[LLMServer]:
    with running(latency=latency, modules=MODULES, topics=TOPICS, keep_prompts=True) as server:
        yield server


def _book() -> Path:
    return max(books(), key=lambda path: path.stat().st_size)


def _one_by_one(run: Run) -> float:
    with _server() as server:
        started = time.monotonic()
        for call in run.calls:
            body = {"model": "m", "messages": [{"role": "user", "content": call["prompt"]}]}
            httpx.post(f"{server.base_url}/chat/completions", json=body, timeout=60)
        return time.monotonic() - started


def _busy(run: Run) -> float:
    topics = run.of("WrittenTopic")
    start, end = min(c["started"] for c in topics), max(c["ended"] for c in topics)
    used = sum(
        max(min(call["ended"], end) - max(call["started"], start), 0.0) for call in run.calls
    )
    return float(used / (NARROW * (end - start)))


def _at_once(calls: Sequence[dict[str, Any]]) -> int:
    changes = [(call["started"], 1) for call in calls] + [(call["ended"], -1) for call in calls]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _schemas(run: Run) -> list[str]:
    return list(dict.fromkeys(call["schema"] for call in run.calls))


def _spread(values: Iterator[float]) -> str:
    ordered = sorted(values)
    return f"{median(ordered):.1f} s (from {ordered[0]:.1f} to {ordered[-1]:.1f})"
