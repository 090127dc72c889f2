"""The page `/metrics`, and the metrics that are collected at each scrape."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from engine.llm.configuration import llm_config
from engine.llm.errors import AIError
from engine.llm.usage import begin_series
from jobs.metrics import queue_metrics
from jobs.signals import series_begin
from profai.health.parts import HealthChecker, Part
from telemetry.exposition import add_source, disks, may_see, page
from webhooks.queries import delivery_metrics

FRESH = 5.0  # seconds; several scrapers cost no more than one
MAX_WAIT = 3.0  # seconds for the database's answer, well below a scrape's time-out
STATEMENT_TIMEOUT = 2000  # milliseconds for one query


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Shows the metrics to those who have METRICS_TOKEN.

    If no token is set: to nobody, or, with METRICS_OPEN_ON_LOOPBACK, to programs on this machine.
    """
    token = str(settings.METRICS_TOKEN)
    if not token and not _is_local(request):
        raise Http404
    if token and not may_see(request.headers.get("Authorization", ""), token):
        return HttpResponse("401 Unauthorized", status=401, headers={"WWW-Authenticate": "Bearer"})
    text, content_type = page(request.headers.get("Accept", ""))
    return HttpResponse(text, content_type=content_type)


def _is_local(request: HttpRequest) -> bool:
    if not settings.METRICS_OPEN_ON_LOOPBACK or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class DatabaseMetrics:
    """Metrics from the database, read in a thread for a limited time: a scrape never hangs."""

    def __init__(self) -> None:
        self._checker = HealthChecker()
        self._part = Part("metrics", self._ask, MAX_WAIT)
        self._found: list[Metric] = []
        self._at = -FRESH

    def collect(self) -> Iterator[Metric]:
        up = True
        if time.monotonic() - self._at > FRESH:
            (finding,) = self._checker.check([self._part])
            up = finding.works
        yield GaugeMetricFamily(
            "profai_database_up", "Whether the database answered this scrape", value=up
        )
        if up:
            yield from self._found

    def _ask(self) -> str:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_TIMEOUT)]
                )
            self._found = [*queue_metrics(), *delivery_metrics()]
        self._at = time.monotonic()
        return "asked"


def _machine() -> Iterator[Metric]:
    yield from disks({"data": settings.VAR_DIR, "uploads": Path(settings.MEDIA_ROOT)})
    versions = {
        "version": str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        "python": platform.python_version(),
    }
    yield InfoMetricFamily("profai_build", "What runs here", versions)


def begin_llm_series(**_signal: Any) -> None:
    try:
        config = llm_config(settings)
    except AIError:
        # No model can be asked; the system checks say why.
        return
    begin_series(config.provider.name, {name for _task, name in config.models})


def connect_metrics() -> None:
    add_source(_machine)
    add_source(DatabaseMetrics().collect, common=True)
    series_begin.connect(begin_llm_series)
