"""Finds rows of the delivery log that are old enough to be deleted."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from webhooks.models import Delivery


def old_deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.filter(ended_at__lt=timezone.now() - settings.CLEANUP_DELIVERIES)
