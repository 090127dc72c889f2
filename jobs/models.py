"""Jobs and steps are rows; the queue only carries messages that say "look at this step".

A job goes pending -> processing -> completed | failed | cancelled, and from failed or
cancelled back to processing by a retry. A step goes waiting -> queued -> running ->
completed | failed | cancelled; if its worker dies it goes back to queued. Only `runner`,
`services` and `maintenance` write either status.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now
from django.urls import reverse

from telemetry.traces import trace_id_of


class JobStatus(models.TextChoices):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(models.TextChoices):
    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_JOB = (JobStatus.PENDING, JobStatus.PROCESSING)
OPEN_STEP = (StepStatus.WAITING, StepStatus.QUEUED, StepStatus.RUNNING)


class PaidWork(models.Model):
    """The use of paid services for a row: answered calls, tokens, US dollars."""

    calls = models.PositiveIntegerField(default=0, db_default=0)
    tokens_in = models.PositiveBigIntegerField(default=0, db_default=0)
    tokens_out = models.PositiveBigIntegerField(default=0, db_default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, db_default=0)

    class Meta:
        abstract = True

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


class Job(PaidWork):
    """A piece of work that a person requested and can follow.

    `progress` never falls: steps that are added later share their stage's weight.
    The pipeline's handlers define what `result` and `parameters` hold. `queued_at` and
    `started_at` are those of the latest try; `queue_time` and `run_time` add up all tries.
    `trace_context` is the span that asked for it (a W3C traceparent); all steps go on from there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    title = models.CharField(max_length=255, blank=True)
    status = models.CharField(
        max_length=20, choices=JobStatus.choices, default=JobStatus.PENDING, db_index=True
    )
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    parameters = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    can_retry = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    queue_time = models.DurationField(default=timedelta)
    run_time = models.DurationField(default=timedelta)
    trace_context = models.CharField(
        max_length=55, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            # For queries with `parameters__course=`.
            models.Index(KeyTransform("course", "parameters"), name="job_of_course"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=JobStatus.values), name="job_status_is_known"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress_to_100"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_JOB, completed_at__isnull=True)
                | Q(completed_at__isnull=False) & ~Q(status__in=OPEN_JOB),
                name="job_ended_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("job-status", args=[self.id])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_JOB

    @property
    def trace_id(self) -> str:
        """The number of the job's trace; empty if it is not traced."""
        return trace_id_of(self.trace_context)


class Step(PaidWork):
    """A unit of work that one worker does at a time, under a lease that it renews.

    `needs` holds the keys of the steps that must be completed first. `claim` changes with every
    claim: a worker that lost its lease can no longer write to the row. `attempts` counts claims,
    `retries` those that ended in a temporary failure, and `hand_backs` those that a stopping
    worker or an unavailable database interrupted; the rest are workers that died, so that a step
    that kills its workers is not tried for ever. If `queued_at` is in the future, the step may not
    start before. `queue_message` is the latest message in the queue for the step. `worker` is the
    host and the process of the latest claim.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    stage = models.CharField(max_length=50)
    position = models.PositiveIntegerField()
    needs = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=StepStatus.choices, default=StepStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    hand_backs = models.PositiveSmallIntegerField(default=0)
    units_done = models.PositiveIntegerField(default=0)
    units_total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    queue_message = models.BigIntegerField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    queue_time = models.DurationField(default=timedelta)
    run_time = models.DurationField(default=timedelta)

    class Meta:
        ordering = ["job", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="step_key_is_unique_in_job"),
            models.UniqueConstraint(fields=["job", "position"], name="step_position_is_unique"),
            models.CheckConstraint(
                condition=Q(status__in=StepStatus.values), name="step_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(units_done__lte=F("units_total")), name="step_units_within_total"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=StepStatus.RUNNING, lease_until__isnull=False, claim__isnull=False
                )
                | ~Q(status=StepStatus.RUNNING) & Q(lease_until__isnull=True),
                name="step_running_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="step_running_lease",
                condition=Q(status=StepStatus.RUNNING),
            ),
            models.Index(
                fields=["queued_at"], name="step_queued_at", condition=Q(status=StepStatus.QUEUED)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def deaths(self) -> int:
        """How many workers died at the step. The latest claim counts once it is lost."""
        latest = self.attempts > 0 and self.status not in (StepStatus.WAITING, StepStatus.QUEUED)
        return self.attempts - self.retries - self.hand_backs - latest


class Cluster(models.Model):
    """A live cluster of workers: its maintenance process writes this row at each tick, with the
    database's time."""

    host = models.CharField(max_length=80)
    pid = models.PositiveIntegerField()
    workers = ArrayField(models.PositiveIntegerField(), default=list)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "pid"], name="cluster_once")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
