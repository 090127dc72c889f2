"""No-op tasks a second with 1, 2 and 4 clusters: this queue, Django-Q2 and Celery as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.conf import settings
from django_q.brokers.orm import ORM
from django_q.tasks import async_task

from benchmarks.engine import celery_queue
from benchmarks.engine.parts import clusters, stock_clusters
from benchmarks.report import Result, write_result
from jobs.broker import Broker
from tests.clusters import wait_until

TASKS = 1500
SIZES = (1, 2, 4)
NOTE = "benchmarks.engine.handlers.note"
Start = Callable[[int], AbstractContextManager[object]]


def run() -> None:
    rates: dict[str, dict[int, float]] = {}
    doubles = 0
    kinds: dict[str, tuple[Start, type[ORM]]] = {
        "ProfAI": (_ours, Broker),
        "Django-Q2": (stock_clusters, ORM),
    }
    for name, (start, broker) in kinds.items():
        rates[name] = {}
        for size in SIZES:
            rates[name][size], more = _measure(start, broker, size)
            doubles += more
    if celery_queue.redis_is_here():
        rates["Celery with Redis"], more = _celery()
        doubles += more
    ratio = rates["ProfAI"][2] / rates["Django-Q2"][2]
    parts = {
        f"{name}, {size} clusters": f"{rate:.0f} tasks/s"
        for name, found in rates.items()
        for size, rate in found.items()
    }
    write_result(
        Result(
            id="queue-throughput",
            value=round(ratio, 2),
            unit="times",
            goal="> 1",
            holds=ratio > 1 and doubles == 0,
            yardstick="Django-Q2 with its defaults, 2 clusters of 4 workers, same run",
            runs=1,
            parts=parts | {"double deliveries": doubles},
        )
    )


@contextmanager
def _ours(count: int) -> Iterator[None]:
    with clusters(count, 4):
        yield


def _measure(start: Start, broker: type[ORM], size: int) -> tuple[float, int]:
    """Tasks a second between the first and the last, and how many ran twice."""
    path = settings.VAR_DIR / f"notes-{broker.__name__}-{size}"
    sender = broker(list_key="profai")
    for number in range(TASKS):
        async_task(NOTE, number, str(path), broker=sender)
    return _timed(start(size), path)


def _celery() -> tuple[dict[int, float], int]:
    found: dict[int, float] = {}
    doubles = 0
    with celery_queue.redis() as address:
        for size in SIZES:
            path = settings.VAR_DIR / f"notes-celery-{size}"
            celery_queue.send(address, TASKS, path)
            found[size], more = _timed(celery_queue.workers(address, size), path)
            doubles += more
    return found, doubles


def _timed(cluster: AbstractContextManager[object], path: Path) -> tuple[float, int]:
    with cluster:
        wait_until(lambda: len(_lines(path)) >= TASKS, 120)
    lines = _lines(path)
    times = [float(line.split()[1]) for line in lines]
    return (TASKS - 1) / (max(times) - min(times)), len(lines) - TASKS


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
