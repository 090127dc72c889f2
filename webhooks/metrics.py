"""Metrics of webhooks from the database, read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily, Metric

from webhooks.models import Delivery, DeliveryStatus


def delivery_metrics() -> Iterator[Metric]:
    open_ = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    found = open_.aggregate(due=Count("pk", filter=Q(next_at__lte=Now())), all=Count("pk"))
    metric = GaugeMetricFamily(
        "profai_webhook_deliveries", "Messages to be delivered", labels=["state"]
    )
    metric.add_metric(["due"], found["due"])
    metric.add_metric(["later"], found["all"] - found["due"])
    yield metric
