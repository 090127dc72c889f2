"""Who may have webhooks, and who sees which; what the clean-up and the metrics read.

People see their own webhooks, administrators all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from webhooks.models import Delivery, DeliveryStatus, Endpoint

USE = "webhooks.change_endpoint"


def may_have_webhooks(user: Any) -> bool:
    return bool(user.is_active and user.has_perm(USE))


def own_endpoints(user: Any) -> QuerySet[Endpoint]:
    if not user.is_authenticated:
        return Endpoint.objects.none()
    return Endpoint.objects.filter(owner=user)


def seen_endpoints(user: Any) -> QuerySet[Endpoint]:
    """Returns the endpoints for the admin: administrators must be able to stop other people's
    webhooks."""
    return Endpoint.objects.all() if user.is_superuser else own_endpoints(user)


def seen_deliveries(user: Any) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint__in=seen_endpoints(user))


def old_deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.filter(ended_at__lt=timezone.now() - settings.CLEANUP_DELIVERIES)


def delivery_metrics() -> Iterator[Metric]:
    open_ = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    found = open_.aggregate(due=Count("pk", filter=Q(next_at__lte=Now())), all=Count("pk"))
    metric = GaugeMetricFamily(
        "profai_webhook_deliveries", "Messages to be delivered", labels=["state"]
    )
    metric.add_metric(["due"], found["due"])
    metric.add_metric(["later"], found["all"] - found["due"])
    yield metric
