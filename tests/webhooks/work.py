"""Deliveries without a cluster: the messages in the queue are taken one by one."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django_q.models import OrmQ

from webhooks.models import Delivery
from webhooks.outbox import DELIVER
from webhooks.sending import deliver


def send_all() -> list[str]:
    """What became of each message that was in the queue; those for jobs stay."""
    results = []
    for message in OrmQ.objects.order_by("id"):
        if message.task["func"] == DELIVER:
            message.delete()
            results.append(deliver(*message.task["args"]))
    return results


def pass_time(by: timedelta) -> None:
    """For deliveries: as if so much time had passed."""
    Delivery.objects.update(next_at=F("next_at") - by, queued_at=F("queued_at") - by)
    Delivery.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - by)
