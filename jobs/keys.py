"""Requests that a client names, so that asking again gives the same job."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from jobs.errors import KeyReusedError
from jobs.models import Job, RequestKey
from rest.keys import check_key


def fingerprint_of(request: Any) -> str:
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def job_of_key(user: Any, key: str, fingerprint: str) -> Job | None:
    """The job that the same request made before. Raises KeyReusedError for another request."""
    found = RequestKey.objects.select_related("job").filter(user=user, key=key).first()
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise KeyReusedError(
            "This idempotency key was used for another request; choose a new one for this."
        )
    return found.job


def remember_key(user: Any, key: str, fingerprint: str, job: Job) -> None:
    """In the transaction that makes the job. Raises IntegrityError if another was faster.

    The insert waits for a transaction that is just using the same key.
    """
    RequestKey.objects.create(user=user, key=key, fingerprint=fingerprint, job=job)


def once(user: Any, key: str, request: Any, make: Callable[[], Job]) -> Job:
    """The job that `make` makes, or made when this very request came before.

    `request` is what JSON can hold. Without a key every request makes a job. Raises
    ValidationError or KeyReusedError.
    """
    check_key(key)
    if not key:
        return make()
    fingerprint = fingerprint_of(request)
    found = job_of_key(user, key, fingerprint)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            job = make()
            remember_key(user, key, fingerprint, job)
    except IntegrityError:
        # The same request, sent twice at once: the other one was faster.
        found = job_of_key(user, key, fingerprint)
        if found is None:
            raise
        return found
    return job
