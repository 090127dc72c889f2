"""Jobs over HTTP: follow, cancel, retry."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.serializers import JobSerializer
from jobs.models import Job
from jobs.queries import visible_jobs
from jobs.services import cancel_job, retry_job


class JobViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    queryset = Job.objects.none()
    serializer_class = JobSerializer
    scopes = {"retrieve": "jobs:read", "cancel": "jobs:write", "retry": "jobs:write"}

    def get_queryset(self) -> QuerySet[Job]:
        return visible_jobs(self.request.user)

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
