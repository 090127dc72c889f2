"""Idempotency keys: a request that is sent again with the same key creates nothing new.

Used for everything that takes an `Idempotency-Key`. Requests of one person with the same key wait
for each other at an advisory lock of the database, before they lock any row; the first records what
it made in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, QuerySet

from common.models import RequestKey
from common.transactions import atomic

MAX_KEY_LENGTH = 255
M = TypeVar("M", bound=Model)


class KeyReusedError(Exception):
    """An idempotency key was sent with another request than before, or what it made is gone."""


@dataclass(frozen=True, slots=True)
class Made(Generic[M]):
    """`is_new`: this request made the row; otherwise an earlier one with the same key did."""

    row: M
    is_new: bool


def check_key(key: str) -> None:
    """Raises ValidationError for a key that could not be stored; "" means that there is none."""
    if len(key) > MAX_KEY_LENGTH or not key.isprintable() or key != key.strip():
        raise ValidationError(f"An idempotency key has 1 to {MAX_KEY_LENGTH} printable characters.")


def made_before(*, user: Any, key: str, request: Any, rows: QuerySet[M]) -> M | None:
    """Returns the row, one of `rows`, that the same request made before; None if there is none.

    `request` describes the request as a JSON value. Raises ValidationError, or KeyReusedError for
    another request and for a row that is no longer among `rows`.
    """
    check_key(key)
    if not key:
        return None
    before = RequestKey.objects.filter(user=user, kind=_kind(rows), key=key).first()
    if before is None:
        return None
    if before.fingerprint != fingerprint_of(request):
        raise KeyReusedError(
            "This idempotency key was used for another request; choose a new one for this."
        )
    row = rows.filter(pk=before.made).first()
    if row is None:
        raise KeyReusedError("What this request made has been deleted; choose a new key.")
    return row


@atomic
def once(*, user: Any, key: str, request: Any, rows: QuerySet[M], make: Callable[[], M]) -> Made[M]:
    """Returns the row that `make` makes now, or that it made for the same request before.

    Without a key every request makes a row. `make` runs in the transaction that records the key: if
    it raises an error, the key can be used again. Raises the errors of `made_before`.
    """
    check_key(key)
    if not key:
        return Made(make(), is_new=True)
    with connection.cursor() as cursor:
        line = f"idempotency key {user.pk} {_kind(rows)} {key}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [line])
    before = made_before(user=user, key=key, request=request, rows=rows)
    if before is not None:
        return Made(before, is_new=False)
    row = make()
    RequestKey.objects.create(
        user=user,
        kind=_kind(rows),
        key=key,
        fingerprint=fingerprint_of(request),
        made=str(row.pk),
    )
    return Made(row, is_new=True)


def _kind(rows: QuerySet[Any]) -> str:
    label: str = rows.model._meta.label_lower
    return label


def fingerprint_of(request: Any) -> str:
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
