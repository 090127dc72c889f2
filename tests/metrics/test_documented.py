"""docs/operations.md names every metric, with its type and labels; the dashboard names no other."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection

from jobs.metrics import queue_metrics
from profai.environment import BASE_DIR
from profai.metrics import DatabaseMetrics, _machine
from telemetry.exposition import _processes
from telemetry.metrics import REGISTRY
from webhooks.queries import delivery_metrics

MONITORING = BASE_DIR / "deploy" / "kubernetes" / "components" / "monitoring"
OPERATIONS = BASE_DIR / "docs" / "operations.md"
ROW = re.compile(r"^\| `(profai_\w+)` \| (\w+) \| ([\w, ]*) \| (.+) \|$", re.MULTILINE)
SUFFIXES = ("_bucket", "_count", "_sum")

Described = dict[str, tuple[str, frozenset[str]]]


def counted() -> Described:
    """Metrics that code counts."""
    found: Described = {}
    for metric in REGISTRY._collector_to_names:
        described = next(iter(metric.describe()))  # type: ignore[attr-defined] # the library's
        labels = frozenset(metric._labelnames)  # type: ignore[attr-defined] # the library's
        found[_name(described.name, described.type)] = (described.type, labels)
    return found


def asked() -> Described:
    """Metrics that are asked for at a scrape."""
    sources = (
        *queue_metrics(),
        *delivery_metrics(),
        *DatabaseMetrics().collect(),
        *_machine(),
        *_processes([("this", 1)], 0),
    )
    found: Described = {}
    for metric in sources:
        kind = "gauge" if metric.type == "info" else metric.type
        labels = {name for sample in metric.samples for name in sample.labels}
        found[_name(metric.name, metric.type)] = (kind, frozenset(labels))
    return found


def _name(name: str, kind: str) -> str:
    return name + {"counter": "_total", "info": "_info"}.get(kind, "")


def documented() -> Described:
    return {
        name: (kind, frozenset(filter(None, labels.split(", "))))
        for name, kind, labels, _meaning in ROW.findall(OPERATIONS.read_text())
    }


@pytest.mark.django_db(transaction=True)
def test_the_page_names_every_metric_as_it_is() -> None:
    assert connection.vendor == "postgresql"
    there = counted() | asked()
    assert documented() == there


@pytest.mark.parametrize("name", ["dashboard.json", "alerts.yaml"])
def test_dashboard_and_alerts_name_metrics_that_exist(name: str) -> None:
    known = documented()
    used = set(re.findall(r"\bprofai_\w+", (MONITORING / name).read_text()))
    assert len(used) > 10
    for metric in used:
        base = next((metric.removesuffix(s) for s in SUFFIXES if metric.endswith(s)), metric)
        histogram = known.get(base, ("", None))[0] == "histogram"
        assert metric in known or histogram, metric


def test_the_dashboard_shows_every_metric() -> None:
    text = json.dumps(json.loads((MONITORING / "dashboard.json").read_text()))
    assert [name for name in documented() if name not in text] == []
