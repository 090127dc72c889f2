"""The table of docs/capacity.md, computed from the measured figures and the manifests.

python -m deploy.checks.capacity
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from math import ceil
from typing import Any

from deploy.checks.rendering import configuration, find, overlay, render
from deploy.checks.tools import ROOT

RESULTS = ROOT / "benchmarks" / "results"
# Assumed, not measured here: each is named in docs/capacity.md.
SECONDS_PER_CALL = 10
HOURS = 8  # in which a day's courses are asked for
PRICES = (0.15, 0.60)  # dollars a million tokens in and out, of a small model
NODE_DOLLARS, NODE_PROCESSORS = 177, 3.5  # an m7i.xlarge a month, and what pods can have of it
FIXED_DOLLARS = 720  # production without its nodes: docs/deployment.md
BENCHED_CORES = 2
STREAM_THREADS = 2  # profai/server/web.py
DAYS = 30


def measured(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


@dataclass(frozen=True, slots=True)
class Course:
    """What a course of a 193-page book takes of a model, a processor and a wallet."""

    calls: int
    processor_seconds: float
    steps: int
    overhead: float
    tokens: tuple[int, int]

    @property
    def dollars(self) -> float:
        return sum(n * price for n, price in zip(self.tokens, PRICES, strict=True)) / 1_000_000


def course() -> Course:
    parts = measured("course-vs-sequential")["parts"]
    computing = measured("course-vs-critical-path")["parts"]["computing"]
    line = re.search(r"^\| tokens in, out \|.*\| (\d+), (\d+) \|$", _quality(), re.MULTILINE)
    if line is None:
        raise LookupError("docs/quality.md names no tokens any more.")
    return Course(
        calls=sum(parts["calls"].values()),
        processor_seconds=float(computing.split(" s")[0]) * BENCHED_CORES,
        steps=len(parts["steps"]),
        overhead=measured("ten-courses")["value"],
        tokens=(int(line[1]), int(line[2])),
    )


def _quality() -> str:
    return (ROOT / "docs" / "quality.md").read_text()


@dataclass(frozen=True, slots=True)
class Pods:
    """What the manifests of production say."""

    slots: int
    workers: int
    least: int
    web: int
    web_connections: int


def pods(slots: int = 0, web: int = 0) -> Pods:
    manifests = render(overlay("prod"))
    values = configuration(manifests)
    return Pods(
        slots=slots or int(values["LLM_CONCURRENCY"]),
        workers=int(values["Q_WORKERS"]),
        least=find(manifests, "ScaledObject", "worker")["spec"]["minReplicaCount"],
        web=web or find(manifests, "HorizontalPodAutoscaler", "web")["spec"]["minReplicas"],
        web_connections=int(values["WEB_CONCURRENCY"]) * _web_threads(values),
    )


def _web_threads(values: dict[str, str]) -> int:
    """Of a web process, each with a connection: for pages, long bodies and streams."""
    return int(values["WEB_THREADS"]) + int(values["WEB_UPLOAD_THREADS"]) + STREAM_THREADS


def row(courses: int, one: Course, of: Pods) -> list[str]:
    a_second = courses / (HOURS * 3600)
    in_flight = a_second * one.calls * SECONDS_PER_CALL * one.overhead
    workers = max(ceil(in_flight / of.slots), of.least)
    connections = workers * (2 * of.workers + 1) + of.web * of.web_connections
    nodes = max(ceil((workers + of.web + 1) / NODE_PROCESSORS), 3)
    return [
        f"{courses:,}",
        f"{in_flight:,.1f}" if in_flight < 10 else f"{in_flight:,.0f}",
        f"{workers} of {of.slots}",
        f"{a_second * one.processor_seconds:.2f}",
        f"{connections:,}",
        f"{a_second * one.calls * 60:,.0f}",
        f"{a_second * sum(one.tokens) * 60 / 1_000_000:,.2f}",
        f"{a_second * one.steps:.2f}",
        f"{FIXED_DOLLARS + nodes * NODE_DOLLARS:,}",
        f"{courses * DAYS * one.dollars:,.0f}",
    ]


HEADINGS = (
    "courses a day", "calls in flight", "worker pods of slots", "processors busy",
    "database connections", "requests a minute", "million tokens a minute", "steps a second",
    "AWS, $ a month", "model, $ a month",
)  # fmt: skip


def table() -> str:
    one = course()
    rows = [
        row(10, one, pods()),
        row(1_000, one, pods()),
        row(100_000, one, pods(slots=32, web=12)),
    ]
    lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
