"""Starts a cluster of workers; it takes the place of Django-Q2's command of this name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from jobs.cluster import Cluster
from telemetry.logs import serve


class Command(BaseCommand):
    help = "Run a cluster of workers until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=settings.Q_CLUSTER["workers"])

    def handle(self, *_args: Any, workers: int, **_options: Any) -> None:
        serve()
        Cluster(workers).run()
