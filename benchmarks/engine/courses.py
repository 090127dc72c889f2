"""Ten courses asked for together on two clusters of four workers, at two seconds a call."""

from __future__ import annotations

import time

from django.conf import settings

from benchmarks.engine import handlers
from benchmarks.engine.parts import clusters
from benchmarks.report import Result, write_result
from jobs.models import Job, JobStatus
from jobs.pipelines import register
from jobs.services import create_job
from tests.clusters import ended, wait_until
from tests.invariants import broken

COURSES, CLUSTERS, WORKERS = 10, 2, 4
GOAL = 1.3


def run() -> None:
    register(handlers.COURSE)
    slots = CLUSTERS * WORKERS * settings.LLM_CONCURRENCY
    work = COURSES * handlers.CALLS * handlers.CALL
    ideal = max(work / slots, 3 * handlers.CALL)
    with clusters(CLUSTERS, WORKERS, EXTRA_PIPELINE="benchmarks.engine.handlers.COURSE"):
        # Every worker has started once before the clock runs.
        wait_until(ended(*(_ask(f"Warm {n}") for n in range(2))), 120)
        start = time.monotonic()
        jobs = [_ask(f"Course {n}") for n in range(COURSES)]
        wait_until(ended(*jobs), 300)
        last = time.monotonic() - start
    took = sorted(_seconds(job) for job in jobs)
    assert all(job.status == JobStatus.COMPLETED for job in jobs)
    assert broken(files=False, index=False) == []
    write_result(
        Result(
            id="ten-courses",
            value=round(last / ideal, 2),
            unit="times the ideal",
            goal=f"<= {GOAL}",
            holds=last / ideal <= GOAL,
            yardstick=f"{COURSES} courses of {handlers.CALLS} simulated calls of "
            f"{handlers.CALL:g} s over {slots} calls at once: {ideal:.1f} s",
            runs=1,
            parts={
                "first course": f"{took[0]:.1f} s",
                "last course": f"{took[-1]:.1f} s",
                "one call after another, as the prototype did": f"{work:.0f} s",
                "a course alone, one call after another": f"{work / COURSES:.0f} s",
            },
        )
    )


def _ask(title: str) -> Job:
    return create_job(kind="bench", title=title, steps=[handlers.outline()])


def _seconds(job: Job) -> float:
    assert job.completed_at is not None
    return (job.completed_at - job.created_at).total_seconds()
