"""Writes events as deliveries in the transaction that causes them: both commit, or neither."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_q.tasks import async_task

from webhooks.models import Delivery, Endpoint, Event

DELIVER = "webhooks.sending.deliver"


def is_wanted(event: Event) -> bool:
    """Whether any active endpoint chose this event; who owns it is not looked at."""
    return Endpoint.objects.filter(active=True, events__contains=[event]).exists()


@transaction.atomic
def emit(event: Event, data: Mapping[str, Any], people: QuerySet[Any]) -> list[Delivery]:
    """Queues an event for the active endpoints of `people`, who may see it, that chose this event.

    Makes only one query if there are none.
    """
    wanted = Endpoint.objects.filter(active=True, events__contains=[event], owner__in=people)
    return post_to([(endpoint, uuid.uuid4()) for endpoint in wanted], event, data)


def post_to(
    endpoints: Iterable[tuple[Endpoint, uuid.UUID]], event: str, data: Mapping[str, Any]
) -> list[Delivery]:
    """Creates and queues a delivery with the given id for each endpoint. Needs a transaction."""
    now = timezone.now()
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            id=number,
            endpoint=endpoint,
            event=event,
            payload={
                "id": str(number),
                "event": str(event),
                "created_at": now.isoformat(),
                "data": dict(data),
            },
            created_at=now,
            queued_at=Now(),
        )
        for endpoint, number in endpoints
    )
    for delivery in deliveries:
        wake(delivery.pk)
    return deliveries


def wake(delivery_id: uuid.UUID) -> None:
    """Adds a message for the workers to the queue; it commits with the row."""
    async_task(DELIVER, str(delivery_id), task_name=f"webhook-{delivery_id}")
