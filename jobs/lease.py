"""A worker's hold on a step: taken by a conditional update, kept alive by a thread.

The clock is the database's, so that a machine whose own clock jumps loses nothing.
"""

from __future__ import annotations

import logging
import threading
import uuid
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from jobs.models import Step, StepStatus

logger = logging.getLogger(__name__)


def claim_step(step_id: int) -> Step | None:
    """Take a queued step, or one whose worker let its lease run out; None if another has it."""
    claim = uuid.uuid4()
    taken = (
        Step.objects.filter(pk=step_id)
        .filter(Q(status=StepStatus.QUEUED) | Q(status=StepStatus.RUNNING, lease_until__lt=Now()))
        .update(
            status=StepStatus.RUNNING,
            claim=claim,
            attempts=F("attempts") + 1,
            lease_until=Now() + settings.JOB_LEASE,
            started_at=Now(),
        )
    )
    return Step.objects.select_related("job").get(pk=step_id) if taken else None


def held(step: Step) -> Q:
    """The condition under which a worker may still write to its step."""
    return Q(pk=step.pk, claim=step.claim, status=StepStatus.RUNNING)


class Lease:
    """Renews a step's lease three times in its length; `lost` is set when it is gone."""

    def __init__(self, step: Step) -> None:
        self.lost = threading.Event()
        self._step = step
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{step.pk}", daemon=True)

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
        try:
            while not self._stop.wait(pause) and not self.lost.is_set():
                self._renew_once()
        finally:
            connection.close()

    def _renew_once(self) -> None:
        try:
            kept = Step.objects.filter(held(self._step)).update(
                lease_until=Now() + settings.JOB_LEASE
            )
        except DatabaseError:
            # The database may be restarting; the lease still has two thirds to run.
            logger.warning("Could not renew the lease of step %s", self._step.pk)
            connection.close()
            return
        if not kept:
            self.lost.set()
