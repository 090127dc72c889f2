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
# Dollars a million tokens of a small model: in, in from a cache, out.
PRICES = (0.15, 0.075, 0.60)
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
    """What a course of a 100-page book takes of a model and a wallet, and one of 193 pages of a
    processor and the queue. `cached` tokens are part of those in."""

    calls: int
    processor_seconds: float
    steps: int
    overhead: float
    tokens_in: int
    cached: int
    tokens_out: int

    @property
    def dollars(self) -> float:
        tokens = (self.tokens_in - self.cached, self.cached, self.tokens_out)
        return sum(n * price for n, price in zip(tokens, PRICES, strict=True)) / 1_000_000


def course() -> Course:
    parts = measured("course-vs-sequential")["parts"]
    computing = measured("course-vs-critical-path")["parts"]["computing"]
    page = (ROOT / "docs" / "language-models.md").read_text()
    line = re.search(r"^\| a book of 100 pages[^|]*((?:\| [\d,]+ ){4})\|$", page, re.MULTILINE)
    if line is None:
        raise LookupError("docs/language-models.md does not say what a book takes any more.")
    calls, given, cached, out = (int(cell.replace(",", "")) for cell in line[1].split("|")[1:])
    return Course(
        calls=calls,
        processor_seconds=float(computing.split(" s")[0]) * BENCHED_CORES,
        steps=len(parts["steps"]),
        overhead=measured("ten-courses")["value"],
        tokens_in=given,
        cached=cached,
        tokens_out=out,
    )


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


def most_worker_pods() -> int:
    scaler = find(render(overlay("prod")), "ScaledObject", "worker")
    most: int = scaler["spec"]["maxReplicaCount"]
    return most


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
        f"{a_second * (one.tokens_in + one.tokens_out) * 60 / 1_000_000:,.2f}",
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
