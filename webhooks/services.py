"""Changes of endpoints and deliveries; the API and the admin call these functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from common.idempotency import made_before, once
from common.outside_addresses import AddressRefusedError, check_url, public_addresses
from common.outside_calls import outside_call
from common.transactions import atomic, lock
from webhooks.addresses import webhook_rules
from webhooks.models import PING, Delivery, DeliveryStatus, Endpoint
from webhooks.outbox import post_to, wake
from webhooks.signing import new_secret, seal

MAX_ENDPOINTS = 10  # endpoints of one person
LOOK_UP_SECONDS = 3.0  # a person waits while the host's name is looked up
SWITCHED_OFF = "It was switched off."


class EndpointStateError(Exception):
    """The request does not fit the endpoint's state; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A created endpoint. `secret` is not encrypted: show it once. It is "" if the same request was
    sent before.
    """

    endpoint: Endpoint
    secret: str


def create_endpoint(
    *, owner: Any, url: str, events: Sequence[str], description: str = "", key: str = ""
) -> Made:
    """Creates an endpoint. Raises ValidationError, KeyReusedError, or EndpointStateError if the
    person already has MAX_ENDPOINTS.
    """
    wanted = {"url": url, "events": list(events), "description": description}
    endpoints = Endpoint.objects.all()
    before = made_before(user=owner, key=key, request=wanted, rows=endpoints)
    if before is not None:
        return Made(before, "")
    # Looks up the host's name before any row is locked, because this may take seconds.
    checked_url = _checked(url)
    secret = new_secret()

    def create() -> Endpoint:
        # Locked, so that two requests at the same time do not make one endpoint too many.
        get_user_model()._default_manager.select_for_update(no_key=True).get(pk=owner.pk)
        if Endpoint.objects.filter(owner=owner).count() >= MAX_ENDPOINTS:
            words = f"You have {MAX_ENDPOINTS} webhooks, and cannot have more; delete one first."
            raise EndpointStateError(words)
        endpoint = Endpoint(
            owner=owner,
            url=checked_url,
            events=list(dict.fromkeys(events)),
            description=description,
            sealed_secret=seal(secret),
        )
        endpoint.full_clean()
        endpoint.save()
        return endpoint

    made = once(user=owner, key=key, request=wanted, rows=endpoints, make=create)
    return Made(made.row, secret if made.is_new else "")


def change_endpoint(
    endpoint: Endpoint,
    *,
    check: Callable[[Endpoint], None] | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
) -> Endpoint:
    """Writes the given values; None leaves a value unchanged. Raises ValidationError.

    `check` is called with the locked row; it raises an error if the caller has seen another version
    of it. The host's name is looked up before the row is locked. A secret that was replaced in the
    meantime is not changed back.
    """
    changes: dict[str, Any] = {}
    if url is not None and url != endpoint.url:
        changes["url"] = _checked(url)
    if events is not None:
        changes["events"] = list(dict.fromkeys(events))
    if description is not None:
        changes["description"] = description
    _change(endpoint, changes, check, active=active)
    endpoint.refresh_from_db()
    return endpoint


@atomic
def _change(
    endpoint: Endpoint,
    changes: dict[str, Any],
    check: Callable[[Endpoint], None] | None,
    *,
    active: bool | None,
) -> None:
    locked = lock(Endpoint.objects.filter(pk=endpoint.pk)).get()
    if check is not None:
        check(locked)
    if active and not locked.active:
        changes |= {"active": True, "disabled_at": None, "disabled_reason": "", "failures": 0}
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.full_clean()
    locked.save(update_fields=list(changes))
    if active is False and locked.active:
        disable(locked, SWITCHED_OFF)


def check_address(text: str) -> str:
    """Returns the URL in normal form.

    Raises ValidationError if its host has an address that is not public, and OutsideBusyError.
    """
    try:
        url = check_url(text, webhook_rules())
        with outside_call():
            public_addresses(url, LOOK_UP_SECONDS, webhook_rules())
    except AddressRefusedError as error:
        raise ValidationError(str(error)) from error
    return str(url)


def _checked(url: str) -> str:
    try:
        return check_address(url)
    except ValidationError as error:
        raise ValidationError({"url": error.messages}) from error


@transaction.atomic
def disable(endpoint: Endpoint, reason: str) -> None:
    """Disables an endpoint. Waiting deliveries fail; one that is being sent is finished."""
    locked = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    locked.active, locked.disabled_at, locked.disabled_reason = False, timezone.now(), reason[:300]
    locked.save(update_fields=["active", "disabled_at", "disabled_reason"])
    waiting = locked.deliveries.filter(status=DeliveryStatus.PENDING, claim=None)
    waiting.update(
        status=DeliveryStatus.FAILED,
        queued_at=None,
        ended_at=Now(),
        error=f"The webhook is disabled. {reason}"[:500],
    )
    endpoint.refresh_from_db()


def rotate_secret(endpoint: Endpoint) -> str:
    """Replaces the secret at once and returns the new one. It is not encrypted: show it once."""
    secret = new_secret()
    endpoint.sealed_secret = seal(secret)
    endpoint.save(update_fields=["sealed_secret"])
    return secret


def ping(endpoint: Endpoint, key: str = "") -> Delivery:
    """Queues a test message. A second call with the same key returns the same delivery."""

    def send() -> Delivery:
        _check_active(endpoint)
        (delivery,) = post_to([(endpoint, uuid.uuid4())], PING, {})
        delivery.refresh_from_db()
        return delivery

    made = once(
        user=endpoint.owner,
        key=key,
        request=["ping webhook", endpoint.pk],
        rows=Delivery.objects.all(),
        make=send,
    )
    return made.row


@transaction.atomic
def redeliver(delivery: Delivery) -> Delivery:
    """Queues an ended delivery again. It keeps its id, by which receivers recognise it."""
    _check_active(delivery.endpoint)
    again = Delivery.objects.filter(pk=delivery.pk).exclude(status=DeliveryStatus.PENDING)
    changed = again.update(
        status=DeliveryStatus.PENDING, attempts=0, next_at=Now(), queued_at=Now(), ended_at=None
    )
    if not changed:
        raise EndpointStateError("This delivery has not ended; it is tried again automatically.")
    wake(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def _check_active(endpoint: Endpoint) -> None:
    if not endpoint.active:
        raise EndpointStateError("This webhook is disabled; set active to true first.")
