"""A whole extractive course of a thick book, from the upload until it is ready, with the defaults.

Against pdfplumber, which only reads the text of the same pages; and how the seconds a page grow
with the book.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pdfplumber
import psutil
from django.core.files import File
from django.db.models import Max, Min
from django.test import override_settings

from benchmarks.books import MANUAL, REFERENCE, manual
from benchmarks.engine.parts import chroma, clusters, processor_seconds
from benchmarks.report import Result, write_result
from courses.services import request_course
from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from quizzes.models import Question
from tests.clusters import RunningCluster, ended, wait_until

WORKERS = 2
PAGES = 600
SHORT, LONG = 150, 2_400
GOAL, GOAL_GROWTH = 1.0, 1.2
LONGEST = 7_200.0  # seconds that a course may take
WARM_UP = BASE_DIR / "samples" / "water-on-earth.pdf"


@dataclass(frozen=True, slots=True)
class Made:
    """A course: seconds until it was ready, processor seconds of all workers, and its steps."""

    seconds: float
    processor: float
    job: Job

    def stages(self) -> dict[str, str]:
        """From the start of a stage's first step until the end of its last one."""
        spans = {}
        for name in self.job.steps.order_by("position").values_list("stage", flat=True):
            ends = self.job.steps.filter(stage=name).aggregate(
                first=Min("started_at"), last=Max("completed_at")
            )
            spans[name] = f"{(ends['last'] - ends['first']).total_seconds():.1f} s"
        return spans

    def questions(self) -> int:
        return Question.objects.filter(quiz__course__job=self.job).count()


def against_pdfplumber() -> None:
    with TemporaryDirectory() as folder, _cluster() as cluster:
        book = manual(Path(folder) / "thick.pdf", PAGES, MANUAL)
        before, made, after = _pdfplumber(book), _course(book, cluster), _pdfplumber(book)
        plumber = [before, after]
        value = round(made.seconds / median(seconds for seconds, _ in plumber), 2)
        write_result(
            Result(
                id="book-vs-pdfplumber",
                value=value,
                unit="times pdfplumber",
                goal=f"<= {GOAL}",
                holds=value <= GOAL,
                yardstick=f"pdfplumber extract_text on the same {PAGES} pages, before and after",
                runs=1,
                yardstick_runs=[round(seconds, 1) for seconds, _ in plumber],
                parts={
                    "course": f"{made.seconds:.1f} s",
                    "course, processor seconds": round(made.processor, 1),
                    "pdfplumber, processor seconds": [round(used, 1) for _, used in plumber],
                    "stages": made.stages(),
                    "questions": made.questions(),
                },
            )
        )


def growth() -> None:
    with TemporaryDirectory() as folder, _cluster() as cluster:
        short = manual(Path(folder) / "short.pdf", SHORT, REFERENCE)
        thick = manual(Path(folder) / "thick.pdf", LONG, REFERENCE)
        before = _course(short, cluster)
        large = _course(thick, cluster)
        small = [before, _course(short, cluster)]
        each = median(one.seconds for one in small) / SHORT
        processor = median(one.processor for one in small) / SHORT
        value = round(large.seconds / LONG / each, 2)
        write_result(
            Result(
                id="book-growth",
                value=value,
                unit="times the seconds a page",
                goal=f"<= {GOAL_GROWTH}",
                holds=value <= GOAL_GROWTH,
                yardstick=f"seconds a page of the first {SHORT} pages of the same manual",
                runs=1,
                yardstick_runs=[round(one.seconds, 1) for one in small],
                parts={
                    f"{LONG} pages": f"{large.seconds:.0f} s, {large.processor:.0f} of a processor",
                    f"{SHORT} pages": [
                        f"{one.seconds:.1f} s, {one.processor:.1f} of a processor" for one in small
                    ],
                    "growth in processor seconds": round(large.processor / LONG / processor, 2),
                    f"stages of {LONG} pages": large.stages(),
                    f"stages of {SHORT} pages": small[-1].stages(),
                    "questions": large.questions(),
                },
            )
        )


@contextmanager
def _cluster() -> Iterator[RunningCluster]:
    """Yields a cluster each of whose workers has imported what it needs.

    It has the priority of the yardstick: else what other programs take of the machine would be
    taken from the course alone.
    """
    with (
        chroma() as port,
        override_settings(CHROMA_PORT=port),
        clusters(1, WORKERS, CHROMA_PORT=str(port), JOB_NICE="0") as (cluster,),
    ):
        jobs = [_request(WARM_UP) for _ in range(WORKERS)]
        wait_until(ended(*jobs), LONGEST)
        yield cluster


def _request(book: Path) -> Job:
    with book.open("rb") as file:
        job: Job = request_course(files=[File(file, book.name)]).job
    return job


def _course(book: Path, cluster: RunningCluster) -> Made:
    before = processor_seconds(cluster.process.pid)
    start = time.monotonic()
    job = _request(book)
    wait_until(ended(job), LONGEST)
    seconds = time.monotonic() - start
    assert job.status == JobStatus.COMPLETED, job.error
    return Made(seconds, processor_seconds(cluster.process.pid) - before, job)


def _pdfplumber(book: Path) -> tuple[float, float]:
    """Returns seconds, and processor seconds, to read the text of all pages."""
    start, before = time.monotonic(), psutil.Process().cpu_times()
    with pdfplumber.open(book) as document:
        for page in document.pages:
            page.extract_text()
            page.close()
    after = psutil.Process().cpu_times()
    used = after.user + after.system - before.user - before.system
    return time.monotonic() - start, used
