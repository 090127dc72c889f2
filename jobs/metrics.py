"""Metrics of jobs from the database: three queries for each scrape, over open jobs only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Value,
    When,
)
from django.db.models.functions import Cast, Now
from prometheus_client.core import GaugeMetricFamily, Metric

from jobs.models import OPEN_JOB, Job, Step, StepStatus
from jobs.pipelines import registered
from jobs.queries import live_clusters

LATER = "later"
STATES = (*StepStatus.values, LATER)


def queue_metrics() -> Iterator[Metric]:
    yield from _steps()
    jobs = GaugeMetricFamily("profai_jobs", "Open jobs", labels=["kind", "status"])
    counts = {(one.kind, str(status)): 0 for one in registered() for status in OPEN_JOB}
    open_jobs = Job.objects.filter(status__in=OPEN_JOB).order_by()
    for kind, status, number in open_jobs.values_list("kind", "status").annotate(Count("pk")):
        counts[kind, status] = number
    for labels, number in counts.items():
        jobs.add_metric(labels, number)
    yield jobs
    found = list(live_clusters())
    yield GaugeMetricFamily(
        "profai_workers_alive",
        "Workers of clusters that were heard of lately",
        value=sum(len(cluster.workers) for cluster in found),
    )
    yield GaugeMetricFamily("profai_clusters_alive", "Clusters heard of lately", value=len(found))


def _steps() -> Iterator[Metric]:
    """Steps of open jobs by state. `later` is a queued step that may not start yet."""
    later = When(status=StepStatus.QUEUED, queued_at__gt=Now(), then=Value(LATER))
    state = Case(later, default=Cast("status", CharField()), output_field=CharField())
    waited = ExpressionWrapper(Now() - F("queued_at"), output_field=DurationField())
    rows = (
        Step.objects.filter(job__status__in=OPEN_JOB)
        .annotate(state=state)
        .order_by()
        .values_list("job__kind", "stage", "state")
        .annotate(number=Count("pk"), longest=Max(waited))
    )
    steps = GaugeMetricFamily(
        "profai_steps", "Steps of open jobs", labels=["kind", "stage", "state"]
    )
    counts = {
        (pipeline.kind, stage.name, state): 0
        for pipeline in registered()
        for stage in pipeline.stages
        for state in STATES
    }
    oldest = timedelta()
    for kind, stage, state_, number, longest in rows:
        counts[kind, stage, state_] = number
        if state_ == StepStatus.QUEUED:
            oldest = max(oldest, longest)
    for labels, number in counts.items():
        steps.add_metric(labels, number)
    yield steps
    yield GaugeMetricFamily(
        "profai_queue_oldest_seconds",
        "How long the oldest step waits that could start",
        value=oldest.total_seconds(),
    )
