"""A job's progress from its steps: stages by weight, steps of a stage alike."""

from __future__ import annotations

import uuid
from collections import defaultdict

from django.db.models.functions import Greatest

from jobs.models import Job, Step, StepStatus
from jobs.pipelines import Pipeline, pipeline_for


def update_progress(job_id: uuid.UUID, kind: str) -> None:
    """Write the job's progress; it never falls, and only the job's end makes it 100."""
    percent = min(_percent(job_id, pipeline_for(kind)), 99)
    Job.objects.filter(pk=job_id).update(progress=Greatest("progress", percent))


def _percent(job_id: uuid.UUID, pipeline: Pipeline) -> int:
    shares: dict[str, list[float]] = defaultdict(list)
    steps = Step.objects.filter(job_id=job_id)
    for stage, status, done, total in steps.values_list(
        "stage", "status", "units_done", "units_total"
    ):
        shares[stage].append(_share(status, done, total))
    weights = sum(stage.weight for stage in pipeline.stages)
    reached = sum(
        stage.weight * sum(shares[stage.name]) / len(shares[stage.name])
        for stage in pipeline.stages
        if shares[stage.name]
    )
    return int(100 * reached / weights)


def _share(status: str, done: int, total: int) -> float:
    if status == StepStatus.COMPLETED:
        return 1.0
    return done / total if total else 0.0
