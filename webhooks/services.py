"""What owners and staff do with endpoints and deliveries; the API and the admin come through
here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from jobs.errors import KeyReusedError
from jobs.keys import fingerprint_of
from rest.keys import check_key
from webhooks.addresses import AddressRefusedError, check_url, public_addresses
from webhooks.models import PING, Delivery, DeliveryStatus, Endpoint
from webhooks.outbox import post_to, wake
from webhooks.signing import new_secret, seal

MOST = 10  # endpoints of one person
LOOK_UP = 3.0  # seconds that somebody waits for the look-up of a name
SWITCHED_OFF = "It was switched off."


class EndpointStateError(Exception):
    """What was asked for does not fit the endpoint's state; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """`secret` is in clear: show it once. It is empty if the same request came before."""

    endpoint: Endpoint
    secret: str


def create_endpoint(
    *, owner: Any, url: str, events: Sequence[str], description: str = "", key: str = ""
) -> Made:
    """Raises ValidationError, KeyReusedError, or EndpointStateError for one too many."""
    check_key(key)
    wanted = {"url": url, "events": list(events), "description": description}
    digest = fingerprint_of(wanted) if key else ""
    found = _made_before(owner, key, digest)
    if found is not None:
        return Made(found, "")
    # Names are looked up before anything is locked.
    wanted["url"] = _checked(url)
    with transaction.atomic():
        # Two requests at once must neither take the last place nor use one key twice.
        get_user_model()._default_manager.select_for_update(no_key=True).get(pk=owner.pk)
        found = _made_before(owner, key, digest)
        return Made(found, "") if found else _create(owner, key, digest, wanted)


def _made_before(owner: Any, key: str, digest: str) -> Endpoint | None:
    found = Endpoint.objects.filter(owner=owner, request_key=key).first() if key else None
    if found is not None and found.request_digest != digest:
        raise KeyReusedError("This idempotency key was used for another webhook.")
    return found


def _create(owner: Any, key: str, digest: str, values: dict[str, Any]) -> Made:
    if Endpoint.objects.filter(owner=owner).count() >= MOST:
        raise EndpointStateError(f"You have {MOST} webhooks, the most there can be; delete one.")
    secret = new_secret()
    endpoint = Endpoint(
        owner=owner, sealed_secret=seal(secret), request_key=key, request_digest=digest, **values
    )
    _save(endpoint)
    return Made(endpoint, secret)


@transaction.atomic
def change_endpoint(
    endpoint: Endpoint,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
) -> Endpoint:
    """What is None stays. Raises ValidationError."""
    if url is not None and url != endpoint.url:
        endpoint.url = _checked(url)
    if events is not None:
        endpoint.events = list(events)
    if description is not None:
        endpoint.description = description
    if active and not endpoint.active:
        endpoint.active, endpoint.disabled_at, endpoint.disabled_reason = True, None, ""
        endpoint.failures = 0
    _save(endpoint)
    if active is False and endpoint.active:
        disable(endpoint, SWITCHED_OFF)
    return endpoint


def _save(endpoint: Endpoint) -> None:
    endpoint.events = list(dict.fromkeys(endpoint.events))
    endpoint.full_clean()
    endpoint.save()


def check_address(text: str) -> str:
    """An address in normal form that leads to public addresses now. Raises ValidationError."""
    try:
        url = check_url(text)
        public_addresses(url, LOOK_UP)
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
    """Send nothing more. What waits is given up; a try under way ends by itself."""
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
    """The new secret in clear: show it once. The old one signs nothing any more."""
    secret = new_secret()
    endpoint.sealed_secret = seal(secret)
    endpoint.save(update_fields=["sealed_secret"])
    return secret


@transaction.atomic
def ping(endpoint: Endpoint, key: str = "") -> Delivery:
    """Queue a message that only says that messages arrive. The same key gives the same one."""
    check_key(key)
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"webhook:{endpoint.pk}:{key}") if key else uuid.uuid4()
    # Two requests at once must not use one key twice.
    Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    found = Delivery.objects.filter(pk=number).first()
    if found is not None:
        return found
    _check_active(endpoint)
    (delivery,) = post_to([(endpoint, number)], PING, {})
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def redeliver(delivery: Delivery) -> Delivery:
    """Send an ended delivery again, with its old id, so that receivers can tell."""
    _check_active(delivery.endpoint)
    again = Delivery.objects.filter(pk=delivery.pk).exclude(status=DeliveryStatus.PENDING)
    changed = again.update(
        status=DeliveryStatus.PENDING, attempts=0, next_at=Now(), queued_at=Now(), ended_at=None
    )
    if not changed:
        raise EndpointStateError("This delivery is still under way; it is tried again by itself.")
    wake(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def _check_active(endpoint: Endpoint) -> None:
    if not endpoint.active:
        raise EndpointStateError("This webhook is disabled; set active to true first.")
