"""Workers, queue, disks and versions for the health page."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F, Max
from django.db.models.functions import Now

from jobs.lease import worker_name
from jobs.models import OPEN_JOB, Job, JobStatus, Step, StepStatus
from jobs.queries import clusters, lost_after

LIBRARIES = ("djangorestframework", "django-q2", "chromadb", "psycopg")
NEARLY_FULL = 90  # percent
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """`silence` is the time since its cluster's last beat, or since its step's last renewal."""

    name: str
    silence: timedelta
    is_lost: bool
    step: Step | None


@dataclass(frozen=True, slots=True)
class Disk:
    name: str
    path: str
    used: int
    free: int

    @property
    def percent(self) -> int:
        return round(100 * self.used / (self.used + self.free))

    @property
    def is_nearly_full(self) -> bool:
        return self.percent >= NEARLY_FULL


def overview() -> dict[str, Any]:
    return {
        "workers": list(_workers()),
        "queue": _queue(),
        "disks": list(_disks()),
        "versions": [
            ("ProfAI", str(settings.SPECTACULAR_SETTINGS["VERSION"])),
            ("Python", platform.python_version()),
            ("Django", str(django.get_version())),
            *((name, version(name)) for name in LIBRARIES),
        ],
    }


def _workers() -> Iterator[Worker]:
    renewed = ExpressionWrapper(
        Now() - (F("lease_until") - settings.JOB_LEASE), output_field=DurationField()
    )
    running = Step.objects.filter(status=StepStatus.RUNNING).select_related("job")
    steps: dict[str, Any] = {step.worker: step for step in running.annotate(silence=renewed)}
    limit = lost_after()
    for cluster in clusters():
        silence: timedelta = cluster.silence  # type: ignore[attr-defined] # annotated
        for pid in cluster.workers:
            name = worker_name(cluster.host, pid)
            step = steps.pop(name, None)
            yield Worker(name, step.silence if step else silence, silence > limit, step)
    # Steps whose worker belongs to no cluster that has reported.
    for name, step in steps.items():
        yield Worker(name, step.silence, step.silence > limit, step)


def _queue() -> list[tuple[str, Any]]:
    queued = Step.objects.filter(status=StepStatus.QUEUED)
    due = queued.filter(queued_at__lte=Now())
    waited = ExpressionWrapper(Now() - F("queued_at"), output_field=DurationField())
    ended = Job.objects.filter(completed_at__gte=Now() - DAY)
    return [
        ("Steps that wait for a worker", due.count()),
        ("Oldest of them waits for", due.aggregate(oldest=Max(waited))["oldest"]),
        ("Steps that are tried again later", queued.filter(queued_at__gt=Now()).count()),
        ("Steps that run", Step.objects.filter(status=StepStatus.RUNNING).count()),
        ("Open jobs", Job.objects.filter(status__in=OPEN_JOB).count()),
        ("Failed within a day", ended.filter(status=JobStatus.FAILED).count()),
    ]


def _disks() -> Iterator[Disk]:
    """Yields the disks of this machine, each once."""
    seen = set()
    for name, folder in (("Data", settings.VAR_DIR), ("Uploads", settings.MEDIA_ROOT)):
        path = Path(folder)
        if not path.exists() or path.stat().st_dev in seen:
            continue
        seen.add(path.stat().st_dev)
        usage = shutil.disk_usage(path)
        yield Disk(name, str(path), usage.used, usage.free)
