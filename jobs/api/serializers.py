"""Jobs in the API: the fields of the prototype's API, and `state`."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from jobs import durations
from jobs.models import Job, JobStatus, Step
from jobs.pipelines import load, registered

logger = logging.getLogger(__name__)


def result_serializers() -> dict[str, Any]:
    """The serializers of results by kind of job, as the registered pipelines name them."""
    return {one.kind: load(one.result) for one in registered() if one.result}


def shown_result(job: Job) -> dict[str, Any] | None:
    """The result in the form of the job's kind; None before there is one.

    None also for a result in another form, as an older release may have left it, so that the list
    of jobs can still be read.
    """
    if job.result is None:
        return None
    serializer = result_serializers().get(job.kind)
    try:
        result = {**job.result, "kind": job.kind}
        shown: dict[str, Any] = serializer(result).data if serializer else result
    except (AttributeError, KeyError, TypeError, ValueError):
        logger.warning("The result of job %s does not have the form of kind %s", job.pk, job.kind)
        return None
    return shown


class JobResultField(serializers.Field[Any, Any, Any, Any]):
    """What a job has brought forth, by its `kind`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Job) -> dict[str, Any] | None:
        return shown_result(value)


extend_schema_field(
    PolymorphicProxySerializer(
        component_name="JobResult",
        serializers=result_serializers,
        resource_type_field_name="kind",
        allow_null=True,
    )
)(JobResultField)


class JobSerializer(serializers.ModelSerializer[Job]):
    """`status` has the prototype's four words; `state` also tells cancelled from failed.

    `calls`, `tokens_in`, `tokens_out` and `cost`, in US dollars, are what language models were
    used for it until now.
    """

    job_id = serializers.UUIDField(source="id", read_only=True)
    status = serializers.SerializerMethodField()
    state = serializers.ChoiceField(source="status", choices=JobStatus.choices, read_only=True)
    error = serializers.SerializerMethodField()
    queue_seconds = serializers.SerializerMethodField()
    run_seconds = serializers.SerializerMethodField()
    estimated_seconds_left = serializers.SerializerMethodField()
    result = JobResultField()
    trace_id = serializers.CharField(
        read_only=True, help_text="Of its distributed trace; empty where nobody traces."
    )

    class Meta:
        model = Job
        fields = (
            "job_id",
            "kind",
            "title",
            "status",
            "state",
            "progress",
            "message",
            "created_at",
            "started_at",
            "completed_at",
            "queue_seconds",
            "run_seconds",
            "estimated_seconds_left",
            "result",
            "error",
            "calls",
            "tokens_in",
            "tokens_out",
            "cost",
            "trace_id",
        )
        read_only_fields = fields

    def get_status(self, job: Job) -> str:
        return JobStatus.FAILED if job.status == JobStatus.CANCELLED else job.status

    def get_error(self, job: Job) -> str | None:
        return "Cancelled." if job.status == JobStatus.CANCELLED else job.error or None

    def get_queue_seconds(self, job: Job) -> float:
        """How long it waited for a worker, over all tries."""
        return round(durations.queue_time(job).total_seconds(), 1)

    def get_run_seconds(self, job: Job) -> float:
        return round((durations.run_time(job) or timedelta()).total_seconds(), 1)

    def get_estimated_seconds_left(self, job: Job) -> int | None:
        """At the job's own pace; null before it has one."""
        left = durations.time_left(job)
        return None if left is None else round(left.total_seconds())


class StepSerializer(serializers.ModelSerializer[Step]):
    """A unit of a job's work; `units_done` of `units_total` pages, topics or the like are done."""

    class Meta:
        model = Step
        fields = (
            "key",
            "name",
            "stage",
            "position",
            "status",
            "attempts",
            "units_done",
            "units_total",
            "message",
            "error",
            "started_at",
            "completed_at",
            "calls",
            "tokens_in",
            "tokens_out",
            "cost",
        )
