"""What a worker's memory is before, while and after it makes a course of 1,000 pages.

The course is whole, by the extractive engine, in a cluster with the defaults. What counts is
the memory of the largest worker when the course is done, as the system sees it (RSS): pages
that it shares with others are counted for each. PSS, beside it, counts them once for all.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from django.core.files import File
from django.test import override_settings

from benchmarks.books import manual
from benchmarks.engine.parts import chroma, clusters
from benchmarks.report import Result, write_result
from courses.services import request_course
from jobs.models import Job, JobStatus
from jobs.queries import live_clusters
from tests.clusters import RunningCluster, ended, wait_until

PAGES, WORKERS = 1_000, 2
GOAL = 400
EVERY = 1.0  # seconds between two looks, each of which takes a tenth of a second of a processor
AT_REST = 2.0  # seconds without work
LONGEST = 3_600.0


@dataclass(frozen=True, slots=True)
class Size:
    """Megabytes."""

    rss: float
    pss: float

    def __str__(self) -> str:
        return f"{self.rss:.0f} MB RSS, {self.pss:.0f} PSS"


@dataclass(slots=True)
class Watch:
    """Looks at a cluster's processes until it is told to stop."""

    cluster: RunningCluster
    workers: dict[int, Size] = field(default_factory=dict)
    peak: Size = Size(0, 0)
    _stop: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        while not self._stop.wait(EVERY):
            sizes = sizes_of(self.cluster)
            self.workers |= sizes
            for size in sizes.values():
                self.peak = Size(max(self.peak.rss, size.rss), max(self.peak.pss, size.pss))

    def stop(self) -> None:
        self._stop.set()


def run() -> None:
    with (
        TemporaryDirectory() as folder,
        chroma() as port,
        override_settings(CHROMA_PORT=port),
        clusters(1, WORKERS, CHROMA_PORT=str(port)) as (cluster,),
    ):
        wait_until(lambda: sum(len(one.workers) for one in live_clusters()) == WORKERS, 300)
        time.sleep(AT_REST)
        before = sizes_of(cluster)
        watch = Watch(cluster)
        thread = threading.Thread(target=watch.follow)
        thread.start()
        try:
            seconds = _course(manual(Path(folder) / "thick.pdf", PAGES))
        finally:
            watch.stop()
            thread.join()
        time.sleep(AT_REST)
        _report(before, watch, sizes_of(cluster), seconds, _all_of(cluster))


def sizes_of(cluster: RunningCluster) -> dict[int, Size]:
    """Workers and the maintenance process, which is smaller than any of them."""
    return {pid: size for pid in cluster.pids() if (size := _size(pid))}


def _size(pid: int) -> Size | None:
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(pid).memory_full_info()
        return Size(found.rss / 2**20, found.pss / 2**20)
    return None


def _all_of(cluster: RunningCluster) -> float:
    """The size of the cluster with all its processes; what they share is counted once."""
    sizes = [*sizes_of(cluster).values(), _size(cluster.process.pid)]
    return sum(size.pss for size in sizes if size)


def _course(book: Path) -> float:
    start = time.monotonic()
    with book.open("rb") as file:
        job: Job = request_course(files=[File(file, book.name)]).job
    wait_until(ended(job), LONGEST)
    assert job.status == JobStatus.COMPLETED, job.error
    return time.monotonic() - start


def _largest(sizes: dict[int, Size]) -> Size:
    return max(sizes.values(), key=lambda size: size.rss)


def _report(
    before: dict[int, Size], watch: Watch, after: dict[int, Size], seconds: float, whole: float
) -> None:
    largest = _largest(after)
    write_result(
        Result(
            id="worker-memory",
            value=round(largest.rss),
            unit="MB",
            goal=f"<= {GOAL}",
            holds=largest.rss <= GOAL,
            yardstick="RSS of the largest worker at rest after the course, shared pages included",
            runs=1,
            parts={
                "pages": PAGES,
                "at rest before": str(_largest(before)),
                "peak": str(watch.peak),
                "at rest after": [str(size) for size in after.values()],
                "the whole cluster after": f"{whole:.0f} MB PSS",
                "workers replaced": len(watch.workers.keys() - after.keys()),
                "course": f"{seconds:.0f} s",
            },
        )
    )
