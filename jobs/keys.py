"""Requests that a client names, so that asking again gives the same job."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from jobs.errors import KeyReusedError
from jobs.models import Job, RequestKey

LONGEST = 255


def check_key(key: str) -> None:
    if len(key) > LONGEST or not key.isprintable() or key != key.strip():
        raise ValidationError(f"An idempotency key has 1 to {LONGEST} printable characters.")


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
