"""A worker's hold on a step: taken by a conditional update, kept alive by a thread.

The clock is the database's, so that a machine whose own clock jumps loses nothing.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from jobs.durations import since
from jobs.heartbeats import host, worker_name
from jobs.models import Step, StepStatus
from jobs.patience import patient

logger = logging.getLogger(__name__)


def lapsed() -> Q:
    """A lease that ran out, or one so long that the clock was set back under it."""
    return Q(status=StepStatus.RUNNING) & (
        Q(lease_until__lt=Now()) | Q(lease_until__gt=Now() + 2 * settings.JOB_LEASE)
    )


def claim_step(step_id: int) -> Step | None:
    """Take a queued step, or one whose worker let its lease run out; None if another has it."""
    return _claim(step_id, uuid.uuid4())


@patient
def _claim(step_id: int, claim: uuid.UUID) -> Step | None:
    """An answer that was lost on its way does no harm: the claim says whose the step is.

    A claim that was made before the database went away is not made again, though it may have
    lapsed meanwhile: nobody died.
    """
    free = Q(status=StepStatus.QUEUED) | lapsed()
    Step.objects.filter(free, ~Q(claim=claim), pk=step_id).update(
        status=StepStatus.RUNNING,
        claim=claim,
        worker=worker_name(host(), os.getpid()),
        attempts=F("attempts") + 1,
        lease_until=Now() + settings.JOB_LEASE,
        queue_time=since("queue_time", "queued_at"),
        started_at=Now(),
    )
    return Step.objects.select_related("job").filter(pk=step_id, claim=claim).first()


def held(step: Step) -> Q:
    """The condition under which a worker may still write to its step."""
    return Q(pk=step.pk, claim=step.claim, status=StepStatus.RUNNING)


class Lease:
    """Renews a step's lease three times in its length; `lost` is set when it is gone."""

    def __init__(self, step: Step) -> None:
        self.lost = threading.Event()
        self._step = step
        self._stop = threading.Event()
        # Its lines belong to the step as well.
        renew = partial(copy_context().run, self._renew)
        self._thread = threading.Thread(target=renew, name=f"lease-{step.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _renew(self) -> None:
        pause = settings.JOB_LEASE.total_seconds() / 3
        wait = pause
        while not self._stop.wait(wait) and not self.lost.is_set():
            # While the database is away the next try must not wait for the next third.
            wait = pause if self._renew_once() else min(1.0, pause)

    def _renew_once(self) -> bool:
        """Whether the database answered. The connection is not kept between two renewals."""
        try:
            kept = Step.objects.filter(held(self._step)).update(
                lease_until=Now() + settings.JOB_LEASE
            )
        except DatabaseError:
            logger.warning("Could not renew the lease of step %s", self._step.pk)
            return False
        finally:
            connection.close()
        if not kept:
            self.lost.set()
        return True
