"""How long jobs take in clusters that work by turns, by the clock and by their processors' time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks.engine.parts import processor_seconds
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
    """A cluster and how long its rounds took."""

    cluster: RunningCluster
    ask: Callable[[], Sequence[Job]]
    took: list[Took] = field(default_factory=list)
    _jobs: Sequence[Job] = ()
    _used: float = 0.0
    _worked: float = 0.0  # seconds of this round

    def begin(self) -> None:
        self._used, self._worked = processor_seconds(self.cluster.process.pid), 0.0
        self._jobs = self.ask()

    def work(self) -> bool:
        """For a turn; says whether more is to be done in this round."""
        start = time.time()
        with turn_of(self.cluster.process.pid):
            time.sleep(TURN)
        turn = time.time() - start
        if ended(*self._jobs)():
            self._note(start, turn)
            return False
        self._worked += turn
        return True

    def _note(self, start: float, turn: float) -> None:
        """What was asked for while the cluster stood still came to its end in this turn."""
        assert all(job.status == JobStatus.COMPLETED for job in self._jobs)
        last = max(job.completed_at for job in self._jobs if job.completed_at)
        # A worker that is stopped between the time that it writes down and its commit says the
        # time of the turn before.
        within = min(max(last.timestamp() - start, 0.0), turn)
        used = processor_seconds(self.cluster.process.pid) - self._used
        self.took.append(Took(self._worked + within, used))


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
