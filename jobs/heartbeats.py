"""Which clusters live: each keeper writes it down at its rounds, and takes it back at its end."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from jobs.models import Cluster
from jobs.patience import AWAY

FORGOTTEN = timedelta(days=1)
MISSED = 3  # rounds without a word, after which a cluster counts as lost


def host() -> str:
    return socket.gethostname()[:80]


def worker_name(where: str, pid: int) -> str:
    """How a step names the process that has it."""
    return f"{where}:{pid}"


class Heart:
    """What a keeper says of its cluster, whose process is `pid`. `workers` are as they are at
    each beat; 0 is none."""

    def __init__(self, pid: int, workers: Sequence[int]) -> None:
        self._pid, self._workers = pid, workers

    def beat(self) -> None:
        """A database that is away makes no difference: the keeper's sweep reports it."""
        try:
            self._write(sorted(filter(None, self._workers)))
        except AWAY:
            connection.close()

    def stop(self) -> None:
        try:
            Cluster.objects.filter(host=host(), pid=self._pid).delete()
        except AWAY:
            connection.close()

    def _write(self, workers: list[int]) -> None:
        own = Cluster.objects.filter(host=host(), pid=self._pid)
        if not own.update(workers=workers, seen_at=Now()):
            Cluster.objects.create(host=host(), pid=self._pid, workers=workers)
            Cluster.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()


def lost_after() -> timedelta:
    """The keeper's longest pause is half a lease."""
    longest: timedelta = max(settings.JOB_SWEEP, settings.JOB_LEASE / 2)
    return MISSED * longest


def clusters() -> QuerySet[Cluster]:
    """Those that were heard of within a day, each with the `silence` since its last beat."""
    silence = ExpressionWrapper(Now() - F("seen_at"), output_field=DurationField())
    return Cluster.objects.annotate(silence=silence).order_by("host", "pid")


def living() -> QuerySet[Cluster]:
    return clusters().filter(seen_at__gte=Now() - lost_after())
