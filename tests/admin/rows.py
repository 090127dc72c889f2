"""Jobs and steps in every state, and how many queries a page takes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import OPEN_JOB, Job, JobStatus, Step, StepStatus


def make_job(
    user: User | None,
    *,
    title: str = "Rivers",
    status: JobStatus = JobStatus.PROCESSING,
    steps: int = 1,
    **values: Any,
) -> Job:
    """A course job that began a minute ago, with `steps` steps in each state."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "kind": "course",
        "progress": 40,
        "message": "Read rivers.pdf: page 4 of 9",
        "started_at": now - timedelta(seconds=65),
        "completed_at": None if status in OPEN_JOB else now,
    }
    job = Job.objects.create(title=title, status=status, requested_by=user, **(defaults | values))
    early = now - timedelta(seconds=70)
    Job.objects.filter(pk=job.pk).update(created_at=early, queued_at=early)
    states = [(state, number) for number in range(steps) for state in StepStatus]
    Step.objects.bulk_create(
        _step(job, f"{state} {number}", state, position=position)
        for position, (state, number) in enumerate(states, 1)
    )
    return Job.objects.get(pk=job.pk)


def make_step(job: Job, key: str, status: StepStatus, **values: Any) -> Step:
    step = _step(job, key, status, **({"position": job.steps.count() + 1} | values))
    step.save()
    return step


def _step(job: Job, key: str, status: StepStatus, **values: Any) -> Step:
    now = timezone.now()
    running = status == StepStatus.RUNNING
    begun = status in (StepStatus.RUNNING, StepStatus.COMPLETED, StepStatus.FAILED)
    defaults: dict[str, Any] = {
        "name": f"Read {key}.pdf",
        "stage": "extract",
        "attempts": int(begun),
        "units_done": 4 if begun else 0,
        "units_total": 9 if begun else 0,
        "error": "Page 5 is broken." if status == StepStatus.FAILED else "",
        "claim": uuid.uuid4() if running else None,
        "lease_until": now + timedelta(seconds=30) if running else None,
        "started_at": now - timedelta(seconds=12) if begun else None,
        "completed_at": now if begun and not running else None,
    }
    return Step(job=job, key=key, status=status, **(defaults | values))


def queries_of(client: Client, address: str) -> int:
    """After one visit that fills the caches of content types and the like."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
