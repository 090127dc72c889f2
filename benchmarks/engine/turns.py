"""How long jobs take in clusters that work by turns, by the clock and by their processors' time."""

from __future__ import annotations

import time
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import psutil

from benchmarks.engine.stopping import TURN, stopped, turn_of
from jobs.models import Job, JobStatus
from tests.clusters import RunningCluster, ended

LONGEST = 300.0  # seconds that a round may take


@dataclass(frozen=True, slots=True)
class Took:
    """Both in seconds. `time` counts while the cluster was let work only."""

    time: float
    processor: float


@dataclass(slots=True)
class Side:
    """A cluster, the times at which it was let work, and how long its rounds took."""

    cluster: RunningCluster
    ask: Callable[[], Sequence[Job]]
    took: list[Took] = field(default_factory=list)
    _jobs: Sequence[Job] = ()
    _used: float = 0.0
    _starts: list[float] = field(default_factory=list)
    _before: list[float] = field(default_factory=lambda: [0.0])  # seconds worked before each start

    def begin(self) -> None:
        self._used = _processor_time(self.cluster)
        self._jobs = self.ask()

    def work(self) -> bool:
        """For a turn; says whether more is to be done in this round."""
        start = time.time()
        with turn_of(self.cluster.process.pid):
            time.sleep(TURN)
        self._starts.append(start)
        self._before.append(self._before[-1] + time.time() - start)
        if not ended(*self._jobs)():
            return True
        self._note()
        return False

    def _note(self) -> None:
        assert all(job.status == JobStatus.COMPLETED for job in self._jobs)
        last = max(job.completed_at for job in self._jobs if job.completed_at)
        asked = min(job.created_at for job in self._jobs)
        used = _processor_time(self.cluster) - self._used
        self.took.append(Took(self._worked(last) - self._worked(asked), used))

    def _worked(self, until: datetime) -> float:
        """Seconds for which the cluster had been let work at that moment."""
        number = bisect(self._starts, until.timestamp())
        if number == 0:
            return 0.0
        within = until.timestamp() - self._starts[number - 1]
        return min(self._before[number - 1] + within, self._before[number])


def by_turns(
    clusters: Mapping[str, RunningCluster], ask: Callable[[str], Sequence[Job]], rounds: int
) -> dict[str, list[Took]]:
    """In a round each cluster does once what `ask`, which is told its name, asks for."""
    sides = {name: Side(one, partial(ask, name)) for name, one in clusters.items()}
    with stopped(*(one.process.pid for one in clusters.values())):
        for _ in range(rounds):
            _round(list(sides.values()))
    return {name: side.took for name, side in sides.items()}


def _round(sides: Sequence[Side]) -> None:
    end = time.monotonic() + LONGEST
    for side in sides:
        side.begin()
    busy = list(sides)
    while busy:
        assert time.monotonic() < end
        busy = [side for side in busy if side.work()]


def _processor_time(cluster: RunningCluster) -> float:
    """Of its processes, those that ended included."""
    parent = psutil.Process(cluster.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(sum(time[:4]) for time in times)
