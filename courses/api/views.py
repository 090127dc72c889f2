"""Courses over HTTP: upload, read, publish."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from courses.api.serializers import (
    CourseDetailSerializer,
    CourseSerializer,
    TopicSerializer,
    UploadedSerializer,
    UploadSerializer,
    UsageSerializer,
)
from courses.models import Course, CourseStatus, Topic
from courses.queries import course_tree, editable_courses, topic_detail, usage_of, visible_courses
from courses.services import publish_course, request_course, unpublish_course

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Of your choice. The same request with the same key within a day gives the same "
    "job, so that it can be sent again after an answer was lost; another request is refused.",
)


class MayAddCourses(BasePermission):
    message = "Your account may not make courses; ask an administrator."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return bool(request.user.has_perm("courses.add_course"))


class UploadView(APIView):
    """Make a course of PDFs. Answers at once; follow the job at `status_url`."""

    permission_classes = (*APIView.permission_classes, MayAddCourses)
    scopes = {"POST": "courses:write"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request=UploadSerializer, responses={202: UploadedSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request) -> Response:
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        made = request_course(
            files=upload.validated_data["files"],
            title=upload.validated_data.get("course_title", ""),
            requested_by=request.user,
            language=upload.validated_data.get("language", ""),
            key=request.headers.get("Idempotency-Key", ""),
        )
        address = request.build_absolute_uri(made.job.get_absolute_url())
        answer = {
            "job_id": made.job.pk,
            "status": made.job.status,
            "status_url": address,
            "notice": made.notice,
            "repeated": made.repeated,
        }
        return Response(
            UploadedSerializer(answer).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": address},
        )


@extend_schema_view(
    list=extend_schema(parameters=[OpenApiParameter("status", enum=CourseStatus.values)])
)
class CourseViewSet(viewsets.ReadOnlyModelViewSet[Course]):
    """Published courses, and those you may change."""

    queryset = Course.objects.none()
    scopes = {
        "list": "courses:read",
        "retrieve": "courses:read",
        "usage": "courses:read",
        "publish": "courses:write",
        "unpublish": "courses:write",
    }
    lookup_field = "slug"
    # PostgreSQL takes no NUL, which the pattern of the router lets through.
    lookup_value_regex = "[-a-zA-Z0-9_]+"

    def get_queryset(self) -> QuerySet[Course]:
        courses = visible_courses(self.request.user)
        if self.action == "list":
            return self._narrowed(courses)
        return course_tree(courses) if self.action == "retrieve" else courses

    def _narrowed(self, courses: QuerySet[Course]) -> QuerySet[Course]:
        wanted = self.request.query_params.get("status", "")
        if wanted and wanted not in CourseStatus.values:
            known = ", ".join(CourseStatus.values)
            raise ValidationError({"status": [f"Use one of: {known}."]})
        return courses.filter(status=wanted) if wanted else courses

    def get_serializer_class(self) -> type[BaseSerializer[Course]]:
        return CourseDetailSerializer if self.action == "retrieve" else CourseSerializer

    @extend_schema(request=None, responses=CourseSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, **_kwargs: Any) -> Response:
        """Show the course to learners."""
        return Response(CourseSerializer(publish_course(self._publishable(request))).data)

    @extend_schema(request=None, responses=CourseSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, **_kwargs: Any) -> Response:
        """Take the course back from learners."""
        return Response(CourseSerializer(unpublish_course(self._publishable(request))).data)

    @extend_schema(responses=UsageSerializer)
    @action(detail=True)
    def usage(self, request: Request, **_kwargs: Any) -> Response:
        """What language models were used for the course. For those who may change it."""
        course = get_object_or_404(editable_courses(request.user), slug=self.kwargs["slug"])
        return Response(UsageSerializer(usage_of(course)).data)

    def _publishable(self, request: Request) -> Course:
        course: Course = self.get_object()
        mine = editable_courses(request.user).filter(pk=course.pk).exists()
        if not (mine and request.user.has_perm("courses.publish_course")):
            raise PermissionDenied
        return course


class TopicView(generics.RetrieveAPIView[Topic]):
    queryset = Topic.objects.none()
    scopes = {"GET": "courses:read"}
    serializer_class = TopicSerializer

    def get_object(self) -> Topic:
        courses = visible_courses(self.request.user).filter(slug=self.kwargs["slug"])
        topics = topic_detail(Topic.objects.filter(module__course__in=courses))
        return get_object_or_404(topics, pk=self.kwargs["pk"])
