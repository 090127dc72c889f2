"""Who may have webhooks, and who sees which: people see their own, administrators all."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from webhooks.models import Delivery, Endpoint

USE = "webhooks.change_endpoint"


def may_have_webhooks(user: Any) -> bool:
    return bool(user.is_active and user.has_perm(USE))


def own_endpoints(user: Any) -> QuerySet[Endpoint]:
    if not user.is_authenticated:
        return Endpoint.objects.none()
    return Endpoint.objects.filter(owner=user)


def seen_endpoints(user: Any) -> QuerySet[Endpoint]:
    """For the admin, where administrators must be able to stop other people's webhooks."""
    return Endpoint.objects.all() if user.is_superuser else own_endpoints(user)


def seen_deliveries(user: Any) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint__in=seen_endpoints(user))
