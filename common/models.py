"""Models that several apps share."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RequestKey(models.Model):
    """An idempotency key of a request, and the row that the request made.

    `kind` is the model of that row and `made` its primary key; `fingerprint` is a hash of the
    request. The same key can be used once for each kind. The clean-up deletes keys after a day.
    Only `common.idempotency` writes this table.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    made = models.CharField(max_length=36)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "key"], name="request_key_once_for_user"
            )
        ]

    def __str__(self) -> str:
        return self.key
