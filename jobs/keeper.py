"""The process of each cluster that looks after what no worker looks after any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django_q.scheduler import scheduler

from jobs.broker import Broker
from jobs.heartbeats import Heart
from jobs.patience import AWAY
from jobs.recovery import sweep
from jobs.sweeps import run_sweeps
from jobs.worker import prepare
from telemetry.exposition import serve
from telemetry.slots import take_slot

logger = logging.getLogger(__name__)

SCHEDULE = 30.0  # seconds between two looks at Django-Q2's schedules
JUMP = timedelta(seconds=2)


def keep(workers: Sequence[int], parent: int) -> None:
    """The body of the keeper's process. `workers` changes as the cluster's processes do."""
    take_slot(settings.METRICS_DIR, "keeper")
    stopping = prepare(parent)
    if settings.METRICS_PORT:
        # Here, because a scrape that goes wrong can harm no step.
        serve(settings.METRICS_HOST, settings.METRICS_PORT, lambda: str(settings.METRICS_TOKEN))
    rounds, heart = Rounds(), Heart(parent, workers)
    heart.beat()
    while not stopping.wait(rounds.pause()):
        heart.beat()
        rounds.go()
    heart.stop()


class Rounds:
    """Sweeps, and the caution not to call the living dead.

    After a restart of the database, a machine's sleep or a jump of the clock every lease may
    have run out although every worker lives: they first get the time to renew.
    """

    def __init__(self) -> None:
        self._clock: Callable[[], float] = time.monotonic
        self._caution = False
        self._seen: tuple[datetime, float] | None = None
        self._scheduled_at = self._clock()

    def pause(self) -> float:
        pause: timedelta = settings.JOB_LEASE / 2 if self._caution else settings.JOB_SWEEP
        return pause.total_seconds()

    def go(self) -> int:
        """One round; how many steps were put back."""
        try:
            self._caution = not self._clock_ran_on()
            if self._caution:
                return 0
            found = sweep()
            run_sweeps()
            self._schedule()
        except AWAY as error:
            logger.warning("No sweep while the database is away: %s", error)
            connection.close()
            self._seen, self._caution = None, True
            return 0
        return found

    def _clock_ran_on(self) -> bool:
        """Whether the database was there at the last round too, and its clock ran as ours."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
        before, self._seen = self._seen, (now, self._clock())
        if before is None:
            return not self._caution
        passed = timedelta(seconds=self._seen[1] - before[1])
        if abs(now - before[0] - passed) <= JUMP:
            return True
        logger.warning("The database's clock jumped; leases are judged later")
        return False

    def _schedule(self) -> None:
        if self._clock() - self._scheduled_at >= SCHEDULE:
            self._scheduled_at = self._clock()
            scheduler(broker=Broker())
