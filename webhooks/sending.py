"""Sends deliveries in a worker: claims one, sends it under a lease, writes the result.

A receiver may get a delivery twice, if a worker dies after it got the response and before it wrote
the result. It never gets it twice at the same time, because the lease is longer than any try.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from jobs.db_retry import retry_on_db_outage
from telemetry.metrics import WEBHOOK, observe
from webhooks.models import PING, Delivery, DeliveryStatus, Endpoint
from webhooks.outbox import wake
from webhooks.queries import may_have_webhooks
from webhooks.services import disable
from webhooks.signing import SecretLostError, signature, unseal
from webhooks.transport import Outcome, post

LEASE = timedelta(seconds=60)  # a try takes 15 seconds at most, see `webhooks.transport`
LOST = timedelta(minutes=5)  # a message of the queue that no worker took for so long is sent again
MAX_SWEPT = 200  # deliveries that one sweep queues
GONE = 410
LEASE_LOST = "the lease was lost"
TRIED_AGAIN = "to be tried again"
JITTER = 0.1  # the part by which the pause before a retry is made shorter or longer at random


def deliver(delivery_id: str) -> str:
    """Sends a delivery and returns what happened, for the queue's log. It is a task of Django-Q."""
    delivery = claim(uuid.UUID(delivery_id))
    if delivery is None:
        return "not due, or another worker has it"
    refusal = _not_to_be_sent(delivery)
    if refusal:
        return _end(delivery, DeliveryStatus.FAILED, {"error": refusal})
    outcome = send(delivery)
    result = record(delivery, outcome)
    label = "retried" if result == TRIED_AGAIN else "dropped"
    if result in DeliveryStatus.values:
        label = str(result)
    observe(WEBHOOK, outcome.duration.total_seconds(), outcome=label)
    return result


def _not_to_be_sent(delivery: Delivery) -> str:
    """Returns the reason why the delivery must not be sent; "" if it may be sent."""
    if not delivery.endpoint.active:
        return "The webhook is disabled."
    if not may_have_webhooks(delivery.endpoint.owner):
        return "The webhook's owner may not have webhooks any more."
    if delivery.attempts > _tries(delivery):
        return "No try was finished: each time, the worker ended before the delivery was sent."
    return ""


def _tries(delivery: Delivery) -> int:
    """Returns how often a delivery is tried. A ping is tried only once, because a person waits for
    its result.
    """
    return 1 if delivery.event == PING else 1 + len(settings.WEBHOOK_RETRY_PAUSES)


def claim(delivery_id: uuid.UUID) -> Delivery | None:
    """Claims a delivery and returns it; None if it is not due, or another worker has it."""
    number = uuid.uuid4()
    with transaction.atomic():
        due = Delivery.objects.select_for_update(skip_locked=True).filter(_due(), pk=delivery_id)
        if due.first() is None:
            return None
        Delivery.objects.filter(pk=delivery_id).update(
            claim=number, lease_until=Now() + LEASE, queued_at=None, attempts=F("attempts") + 1
        )
    deliveries = Delivery.objects.select_related("endpoint__owner")
    return deliveries.filter(pk=delivery_id, claim=number).first()


def _due() -> Q:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return free & Q(status=DeliveryStatus.PENDING, next_at__lte=Now())


def send(delivery: Delivery) -> Outcome:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    moment = int(time.time())
    try:
        secret = unseal(delivery.endpoint.sealed_secret)
    except SecretLostError as error:
        return Outcome(None, "", str(error), timedelta())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ProfAI-Webhooks",
        # A compressed answer could become very large.
        "Accept-Encoding": "identity",
        "Webhook-Id": str(delivery.pk),
        "Webhook-Timestamp": str(moment),
        "Webhook-Signature": signature(secret, str(delivery.pk), moment, body),
    }
    return post(delivery.endpoint.url, body, headers)


@retry_on_db_outage
@transaction.atomic
def record(delivery: Delivery, outcome: Outcome) -> str:
    """Writes the result of a try and counts it for the endpoint, unless the lease was lost. Returns
    what became of the delivery.
    """
    # Locked before the delivery's row, in the same order as in `disable`.
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id)
    if endpoint.first() is None:
        return "the endpoint was deleted"
    values = {
        "response_status": outcome.status,
        "response_excerpt": outcome.excerpt,
        "error": outcome.error or _refusal(outcome),
        "duration": outcome.duration,
    }
    if outcome.delivered:
        result = _end(delivery, DeliveryStatus.DELIVERED, values)
    elif outcome.status == GONE or delivery.attempts >= _tries(delivery):
        result = _end(delivery, DeliveryStatus.FAILED, values)
    else:
        # A random pause, so that deliveries that failed together are not tried again together.
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - protects nothing
        pause = settings.WEBHOOK_RETRY_PAUSES[delivery.attempts - 1] * spread
        kept = _held(delivery).update(
            claim=None, lease_until=None, queued_at=None, next_at=Now() + pause, **values
        )
        result = TRIED_AGAIN if kept else LEASE_LOST
    _update_endpoint(endpoint, delivery, outcome, result)
    return result


def _update_endpoint(
    locked: QuerySet[Endpoint], delivery: Delivery, outcome: Outcome, result: str
) -> None:
    """Counts how many deliveries in a row failed, and disables the endpoint after too many. Pings
    do not count.
    """
    if result == DeliveryStatus.DELIVERED:
        locked.filter(failures__gt=0).update(failures=0)
    elif result == DeliveryStatus.FAILED and outcome.status == GONE:
        disable(locked.get(), "The receiver answered 410 Gone: it wants no more messages.")
    elif result == DeliveryStatus.FAILED and delivery.event != PING:
        locked.update(failures=F("failures") + 1)
        endpoint = locked.get()
        if endpoint.active and endpoint.failures >= settings.WEBHOOK_MAX_FAILURES:
            last = outcome.error or _refusal(outcome)
            many = f"{endpoint.failures} messages in a row could not be delivered."
            disable(endpoint, f"{many} The last error: {last}")


def _refusal(outcome: Outcome) -> str:
    if outcome.delivered:
        return ""
    if outcome.status is not None and 300 <= outcome.status < 400:  # noqa: PLR2004 - HTTP's 3xx
        return f"Answered {outcome.status}: redirects are not followed; change the address."
    return f"Answered {outcome.status}."


def _end(delivery: Delivery, status: DeliveryStatus, values: dict[str, Any]) -> str:
    kept = _held(delivery).update(
        status=status, claim=None, lease_until=None, queued_at=None, ended_at=Now(), **values
    )
    return status if kept else LEASE_LOST


def _held(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        pk=delivery.pk, claim=delivery.claim, status=DeliveryStatus.PENDING
    )


@transaction.atomic
def sweep() -> int:
    """Queues deliveries that are due and have no message in the queue: retries, and deliveries of
    killed workers. Returns how many.

    Any number of sweeps may run at the same time.
    """
    unsent = Q(queued_at__isnull=True) | Q(queued_at__lt=Now() - LOST)
    due = Delivery.objects.select_for_update(skip_locked=True).filter(_due() & unsent)
    numbers = list(due.order_by("next_at").values_list("pk", flat=True)[:MAX_SWEPT])
    if numbers:
        Delivery.objects.filter(pk__in=numbers).update(queued_at=Now())
    for number in numbers:
        wake(number)
    return len(numbers)
