"""A worker's lease of a step: taken by a conditional update, renewed by a thread.

All times are the database's, so that a machine whose own clock jumps loses nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from jobs.db_retry import retry_on_db_outage
from jobs.durations import since
from jobs.models import Step, StepStatus

logger = logging.getLogger(__name__)


def host() -> str:
    """Returns the name of this machine, as rows of steps and clusters hold it."""
    return socket.gethostname()[:80]


def worker_name(where: str, pid: int) -> str:
    """Returns the name of a worker's process on a machine, as `Step.worker` holds it."""
    return f"{where}:{pid}"


def lapsed() -> Q:
    """Returns the condition for a lease that ran out, or is so long that the clock was set back."""
    return Q(status=StepStatus.RUNNING) & (
        Q(lease_until__lt=Now()) | Q(lease_until__gt=Now() + 2 * settings.JOB_LEASE)
    )


def claim_step(step_id: int) -> Step | None:
    """Takes a queued step, or one whose lease ran out; returns None if another worker has it."""
    return _claim(step_id, uuid.uuid4())


@retry_on_db_outage
def _claim(step_id: int, claim: uuid.UUID) -> Step | None:
    """Takes the step for this worker. Repeating it is harmless: `claim` says whose the step is.

    If the first try was committed and only its answer was lost, the second changes nothing. It
    counts no attempt either, even if the lease has run out since: no worker has died.
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
    """Returns the condition under which a worker may still write to its step."""
    return Q(pk=step.pk, claim=step.claim, status=StepStatus.RUNNING)


class Lease:
    """Renews a step's lease after each third of its time; `lost` is set if another has the step."""

    def __init__(self, step: Step) -> None:
        self.lost = threading.Event()
        self._step = step
        self._stop = threading.Event()
        # So that its log lines name the step, too.
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
            # While the database is away, try again sooner than at the next third of the lease.
            wait = pause if self._renew_once() else min(1.0, pause)

    def _renew_once(self) -> bool:
        """Whether the database answered. The connection is closed between two renewals."""
        try:
            kept = Step.objects.filter(held(self._step)).update(
                lease_until=Now() + settings.JOB_LEASE
            )
        except (DatabaseError, InterfaceError):
            logger.warning("Could not renew the lease of step %s", self._step.pk)
            return False
        except Exception:
            # If the thread ended here, the lease would run out while the step still runs.
            logger.exception("Could not renew the lease of step %s", self._step.pk)
            return False
        finally:
            connection.close()
        if not kept:
            self.lost.set()
        return True
