"""The maintenance process of a cluster: it looks for work that no worker looks after any more.

At each tick it puts back steps whose worker died, sends lost messages again, runs the sweeps that
apps registered, starts Django-Q2's schedules, and records that its cluster runs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django_q.models import OrmQ
from django_q.scheduler import scheduler

from jobs.broker import Broker
from jobs.db_retry import DB_UNAVAILABLE
from jobs.dispatch import end_if_done, lock_job, queue_step
from jobs.durations import since
from jobs.lease import host, lapsed
from jobs.models import Cluster, Step, StepStatus
from jobs.pipelines import load, registered_sweeps
from jobs.worker import prepare
from telemetry.exposition import serve
from telemetry.metrics import STEP_LOSSES, STEP_MESSAGES_LOST, count
from telemetry.multiprocess import take_slot

logger = logging.getLogger(__name__)

SCHEDULE = 30.0  # seconds between two looks at Django-Q2's schedules
MAX_CLOCK_DRIFT = timedelta(seconds=2)
FORGOTTEN = timedelta(days=1)  # clusters that were silent for so long lose their row


def maintain(workers: Sequence[int], parent: int) -> None:
    """Runs the process for maintenance. `workers` are the process ids of the cluster's workers,
    kept up to date by the cluster, whose own process id is `parent`."""
    take_slot(settings.METRICS_DIR, "maintenance")
    stopping = prepare(parent)
    if settings.METRICS_PORT:
        # Served here because a scrape that fails cannot harm a step.
        serve(settings.METRICS_HOST, settings.METRICS_PORT, lambda: str(settings.METRICS_TOKEN))
    maintenance, heartbeat = Maintenance(), Heartbeat(parent, workers)
    heartbeat.write()
    while not stopping.wait(maintenance.pause()):
        heartbeat.write()
        maintenance.tick()
    heartbeat.delete()


class Maintenance:
    """Sweeps at each tick, but never declares live workers dead.

    After a restart of the database, a machine's sleep or a jump of the clock every lease may have
    run out although every worker runs. Then one tick is skipped, so that workers can renew.
    """

    def __init__(self) -> None:
        self._clock: Callable[[], float] = time.monotonic
        self._skips = False
        self._seen: tuple[datetime, float] | None = None
        self._scheduled_at = self._clock()

    def pause(self) -> float:
        """Seconds until the next tick: long enough for workers to renew after a skipped one."""
        pause: timedelta = settings.JOB_LEASE / 2 if self._skips else settings.JOB_SWEEP
        return pause.total_seconds()

    def tick(self) -> int:
        """Does all maintenance once; returns how many steps were put back."""
        try:
            self._skips = not self._clock_ran_on()
            if self._skips:
                return 0
            found = sweep()
            run_registered_sweeps()
            if self._clock() - self._scheduled_at >= SCHEDULE:
                self._scheduled_at = self._clock()
                scheduler(broker=Broker())
        except DB_UNAVAILABLE as error:
            logger.warning("Maintenance waits for the database: %s", error)
            connection.close()
            self._seen, self._skips = None, True
            return 0
        return found

    def _clock_ran_on(self) -> bool:
        """Whether the database was there at the last tick too, and its clock ran as ours."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
        before, self._seen = self._seen, (now, self._clock())
        if before is None:
            return not self._skips
        passed = timedelta(seconds=self._seen[1] - before[1])
        if abs(now - before[0] - passed) <= MAX_CLOCK_DRIFT:
            return True
        logger.warning("The database's clock jumped; this round judges no leases")
        return False


class Heartbeat:
    """The row that says that a cluster runs. `pid` is the cluster's process id; an id of 0 in
    `workers` is a worker that is missing at the moment."""

    def __init__(self, pid: int, workers: Sequence[int]) -> None:
        self._pid, self._workers = pid, workers

    def write(self) -> None:
        """Writes nothing, and logs nothing, without a database: the next tick says so."""
        workers = sorted(filter(None, self._workers))
        try:
            own = Cluster.objects.filter(host=host(), pid=self._pid)
            if not own.update(workers=workers, seen_at=Now()):
                Cluster.objects.create(host=host(), pid=self._pid, workers=workers)
                Cluster.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()
        except DB_UNAVAILABLE:
            connection.close()

    def delete(self) -> None:
        try:
            Cluster.objects.filter(host=host(), pid=self._pid).delete()
        except DB_UNAVAILABLE:
            connection.close()


def run_registered_sweeps() -> None:
    """Runs all sweeps. An error in one stops neither the others nor the process."""
    for path in registered_sweeps():
        try:
            load(path)()
        except DB_UNAVAILABLE:
            raise
        except Exception:
            logger.exception("The sweep %s failed", path)


def sweep() -> int:
    """Puts back steps whose lease ran out or whose message is gone; returns how many.

    Any number of sweeps may run at once: each change names the state that it was made for.
    """
    lost = Step.objects.filter(lapsed()).select_related("job")
    put_back = sum(_tried(_put_back, step) for step in lost)
    # A message is gone from the queue a moment before its step is claimed.
    before = Now() - settings.JOB_LEASE / 2
    overdue = Step.objects.filter(status=StepStatus.QUEUED, queued_at__lt=before)
    # A message that is taken at this moment is sent twice, which does no harm.
    waiting = Exists(OrmQ.objects.filter(pk=OuterRef("queue_message")))
    unsent = overdue.exclude(waiting).select_related("job")
    return put_back + sum(_tried(_send_again, step) for step in unsent)


def _tried(repair: Callable[[Step], bool], step: Step) -> bool:
    """Returns what `repair` returns; an error in one step does not keep the others from repair."""
    try:
        return repair(step)
    except DB_UNAVAILABLE:
        raise
    except Exception:
        logger.exception("Step %s of job %s could not be put back", step.pk, step.job_id)
        return False


@transaction.atomic
def _put_back(step: Step) -> bool:
    job = lock_job(step.job_id)
    still = lapsed() & Q(claim=step.claim)
    ran = since("run_time", "started_at", until="lease_until")
    if job.cancel_requested:
        found = Step.objects.filter(still, pk=step.pk).update(
            status=StepStatus.CANCELLED,
            claim=None,
            lease_until=None,
            completed_at=Now(),
            run_time=ran,
        )
        end_if_done(job)
    else:
        found = queue_step(step, only=still, run_time=ran)
    if found:
        transaction.on_commit(partial(count, STEP_LOSSES, kind=job.kind, stage=step.stage))
        logger.warning("The worker of step %s (%s) of job %s died", step.pk, step.key, job.pk)
    return bool(found)


@transaction.atomic
def _send_again(step: Step) -> bool:
    lock_job(step.job_id)
    same = Q(status=StepStatus.QUEUED, queued_at=step.queued_at)
    sent = queue_step(step, only=same, queue_time=since("queue_time", "queued_at"))
    if sent:
        transaction.on_commit(partial(count, STEP_MESSAGES_LOST))
        logger.warning("The message of step %s (%s) was lost", step.pk, step.key)
    return sent
