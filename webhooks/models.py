"""Webhook endpoints and deliveries. As with jobs, the rows hold the state, not the queue.

A delivery goes pending -> delivered | failed, and back to pending when somebody asks for it
again. `outbox`, `sending` and `services` are the only writers of its status.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Event(models.TextChoices):
    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    COURSE_PUBLISHED = "course.published"
    ATTEMPT_SUBMITTED = "attempt.submitted"


# Sent only when somebody tests an endpoint.
PING = "ping"
SENT = [*Event.choices, (PING, "Ping")]


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Endpoint(models.Model):
    """A URL that receives the events that a person chose.

    `sealed_secret` is encrypted, see `webhooks.signing`. `failures` counts the messages that
    failed since the last one that was delivered.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.CharField("URL", max_length=500, help_text="Starts with https://.")
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=30, choices=Event.choices))
    sealed_secret = models.TextField(editable=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "webhook"
        constraints = [
            models.CheckConstraint(condition=Q(events__len__gt=0), name="endpoint_has_an_event"),
            models.CheckConstraint(
                condition=Q(events__contained_by=Event.values), name="endpoint_events_are_known"
            ),
            models.CheckConstraint(
                condition=Q(active=True, disabled_at__isnull=True)
                | Q(active=False, disabled_at__isnull=False),
                name="endpoint_disabled_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class Delivery(models.Model):
    """One event for one endpoint, and the result of its latest try.

    It is not sent before `next_at`. `queued_at` is when its message was put into the queue. `claim`
    changes with every try and is valid until `lease_until`: a worker that lost it can no longer
    write to the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=30, choices=SENT)
    payload = models.JSONField()
    status = models.CharField(
        max_length=20, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_excerpt = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=500, blank=True)
    duration = models.DurationField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="delivery_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.PENDING, ended_at__isnull=True)
                | ~Q(status=DeliveryStatus.PENDING) & Q(ended_at__isnull=False, claim__isnull=True),
                name="delivery_ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(claim__isnull=True, lease_until__isnull=True)
                | Q(claim__isnull=False, lease_until__isnull=False),
                name="delivery_claim_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="delivery_due",
                condition=Q(status=DeliveryStatus.PENDING),
            ),
            models.Index(fields=["endpoint", "-created_at"], name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
