"""Ten courses asked for together on two clusters of four workers, at two seconds a call.

The courses are whole: PDFs are read and indexed, the real client asks a server that runs in a
process of its own, and the topics and quizzes are saved.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.files import File
from django.test import override_settings

from benchmarks.books import books
from benchmarks.engine.parts import chroma, clusters
from benchmarks.report import Result, write_result
from courses.models import Topic
from courses.services import request_course
from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from quizzes.models import Question
from tests.clusters import ended, wait_until
from tests.invariants import broken
from tests.llm_server import LLMServer, running

COURSES, CLUSTERS, WORKERS = 10, 2, 4
MODULES, TOPICS = 10, 50
LATENCY = 2.0
# Both clusters are on this machine, so that the limit is theirs together.
SLOTS = 16
GOAL = 1.3
WARM_UP = BASE_DIR / "samples" / "water-on-earth.pdf"


def run() -> None:
    with running(latency=0, modules=MODULES, topics=TOPICS) as server, chroma() as port:
        values = _settings(server, port)
        environment = {name: str(value) for name, value in values.items()}
        with override_settings(**values), clusters(CLUSTERS, WORKERS, **environment):
            # Every worker has imported what it needs before the clock runs.
            warm = [_ask(WARM_UP) for _ in range(CLUSTERS * WORKERS)]
            wait_until(ended(*warm), 200)
            server.reset(latency=LATENCY, modules=MODULES, topics=TOPICS)
            start = time.monotonic()
            jobs = [_ask(_book()) for _ in range(COURSES)]
            wait_until(ended(*jobs), 500)
            last = time.monotonic() - start
            assert all(job.status == JobStatus.COMPLETED for job in jobs)
            assert broken(files=False) == []
        _report(last, jobs, server.requests())


def _settings(server: LLMServer, chroma_port: int) -> dict[str, Any]:
    return {
        "COURSE_ENGINE": "llm",
        "LLM_PROVIDER": "custom",
        "LLM_BASE_URL": server.base_url,
        "LLM_MODEL": "stand-in",
        "LLM_CONCURRENCY": SLOTS,
        "CHROMA_PORT": chroma_port,
    }


def _ask(pdf: Path) -> Job:
    with pdf.open("rb") as file:
        return request_course(files=[File(file, pdf.name)]).job


def _book() -> Path:
    return max(books(), key=lambda path: path.stat().st_size)


def _report(last: float, jobs: Sequence[Job], calls: Sequence[dict[str, Any]]) -> None:
    took = sorted(_seconds(job) for job in jobs)
    work = sum(call["ended"] - call["started"] for call in calls)
    ideal = work / SLOTS
    # The courses are of one book, so that each asks the same.
    asked = Counter(call["digest"] for call in calls if call["outcome"] == "answered")
    write_result(
        Result(
            id="ten-courses",
            value=round(last / ideal, 2),
            unit="times the ideal",
            goal=f"<= {GOAL}",
            holds=last / ideal <= GOAL,
            yardstick=f"{len(calls)} calls, {work:.0f} s of waiting, over {SLOTS} at once: "
            f"{ideal:.1f} s; no computing counted",
            runs=1,
            parts={
                "first course": f"{took[0]:.1f} s",
                "last course": f"{took[-1]:.1f} s",
                "one call after another, as the prototype did": f"{work:.0f} s",
                "calls made twice": sum(max(count - COURSES, 0) for count in asked.values()),
                "topics": Topic.objects.filter(module__course__job__in=jobs).count(),
                "questions": Question.objects.filter(quiz__course__job__in=jobs).count(),
            },
        )
    )


def _seconds(job: Job) -> float:
    assert job.completed_at is not None
    return (job.completed_at - job.created_at).total_seconds()
