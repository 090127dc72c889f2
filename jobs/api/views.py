"""Jobs over HTTP: follow, cancel, retry."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.filters import Filters, WholeNumberFilter
from common.rest.views import GenericViewSet
from common.single_rows import SingleRow
from jobs.api.serializers import JobSerializer, StepSerializer
from jobs.models import Job, JobStatus, Step
from jobs.queries import visible_jobs
from jobs.services import cancel_job, retry_job


class JobFilter(Filters):
    state = filters.ChoiceFilter(field_name="status", choices=JobStatus.choices)
    kind = filters.CharFilter(max_length=50)
    course = WholeNumberFilter(
        field_name="parameters__course", min_value=1, max_value=2**62, label="A course's id"
    )

    class Meta:
        model = Job
        fields = ("state", "kind", "course")


_shown = JobSerializer()
_own_job = SingleRow(Job, by=["id", "requested_by"])


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Job]):
    """The jobs that you asked for; editors see everybody's."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    ordering_fields = ("created_at", "completed_at", "cost")
    scopes: ClassVar = {"list": "jobs:read", "retrieve": "jobs:read", "*": "jobs:write"}

    def get_throttles(self) -> list[Any]:
        """No throttle for polling one job, which is cheap and which clients do all the time."""
        return [] if self.action == "retrieve" else super().get_throttles()

    def get_queryset(self) -> QuerySet[Job]:
        return visible_jobs(self.request.user)

    def get_object(self) -> Job:
        """The job. For a person's own job, the usual case of polling, no rights are looked up."""
        own = _own_job.find(self.kwargs["pk"], self.request.user.pk)
        return own or super().get_object()

    def retrieve(self, *_args: Any, **_kwargs: Any) -> Response:
        # Making a new serializer takes as long as finding the job.
        return Response(_shown.to_representation(self.get_object()))

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **_kwargs: Any) -> Response:
        """Stop the job; what is finished is kept."""
        return Response(self.get_serializer(cancel_job(self._changeable(request))).data)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, **_kwargs: Any) -> Response:
        """Run the steps that failed or were cancelled once more."""
        return Response(self.get_serializer(retry_job(self._changeable(request))).data)

    def _changeable(self, request: Request) -> Job:
        job = self.get_object()
        if not request.user.has_perm("jobs.change_job"):
            raise PermissionDenied
        return job


class StepViewSet(mixins.ListModelMixin, GenericViewSet[Step]):
    """The steps of a job, in order."""

    queryset = Step.objects.none()
    serializer_class = StepSerializer
    ordering_fields = ("position", "started_at", "cost")
    scopes: ClassVar = {"*": "jobs:read"}

    def get_queryset(self) -> QuerySet[Step]:
        job = get_object_or_404(visible_jobs(self.request.user), pk=self.kwargs["pk"])
        return job.steps.order_by("position")
