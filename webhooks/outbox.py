"""Events become rows in the transaction that makes them: both commit, or neither does."""

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


@transaction.atomic
def emit(event: Event, data: Mapping[str, Any], people: QuerySet[Any]) -> list[Delivery]:
    """Queue an event for the endpoints of those of `people`, who may see it, that want it.

    One query where nobody does.
    """
    wanted = Endpoint.objects.filter(active=True, events__contains=[event], owner__in=people)
    return post_to([(endpoint, uuid.uuid4()) for endpoint in wanted], event, data)


def post_to(
    endpoints: Iterable[tuple[Endpoint, uuid.UUID]], event: str, data: Mapping[str, Any]
) -> list[Delivery]:
    """To be called in a transaction; each endpoint comes with the delivery's number."""
    deliveries = Delivery.objects.bulk_create(
        _delivery(endpoint, number, event, data) for endpoint, number in endpoints
    )
    for delivery in deliveries:
        wake(delivery.pk)
    return deliveries


def _delivery(
    endpoint: Endpoint, number: uuid.UUID, event: str, data: Mapping[str, Any]
) -> Delivery:
    now = timezone.now()
    payload = {
        "id": str(number),
        "event": str(event),
        "created_at": now.isoformat(),
        "data": dict(data),
    }
    return Delivery(
        id=number,
        endpoint=endpoint,
        event=event,
        payload=payload,
        created_at=now,
        queued_at=Now(),
    )


def wake(delivery_id: uuid.UUID) -> None:
    """A message for the workers; it commits with the row."""
    async_task(DELIVER, str(delivery_id), task_name=f"webhook-{delivery_id}")
