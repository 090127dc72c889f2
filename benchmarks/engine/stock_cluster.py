"""`python -m benchmarks.engine.stock_cluster`: Django-Q2's own cluster until SIGTERM."""

from __future__ import annotations

import django

django.setup()

from django_q.cluster import Cluster  # noqa: E402 - it wants the settings

if __name__ == "__main__":
    Cluster().start()
