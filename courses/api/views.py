"""Courses over HTTP: made, read, changed, searched, published."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from courses.api.access import MayAddCourses, changeable_course, readable_course
from courses.api.filters import CourseFilter
from courses.api.serializers import (
    AnsweredSerializer,
    CourseDetailSerializer,
    CourseEditSerializer,
    CourseOfUploadsSerializer,
    CourseSerializer,
    FoundSerializer,
    NewCourseSerializer,
    QuestionToCourseSerializer,
    UploadedSerializer,
    UsageSerializer,
)
from courses.api.uploads import make_course_of
from courses.asking import ask_course
from courses.editing import edit_course
from courses.models import Course
from courses.queries import course_tree, editable_courses, usage_of, visible_courses
from courses.reading import search_with_topics
from courses.services import delete_course, publish_course, unpublish_course
from rest.bodies import BoundedJSONParser
from rest.keys import IDEMPOTENCY_KEY
from rest.schema import Q
from rest.versions import VersionedDeleteMixin

SLUG = "[-a-zA-Z0-9_]+"
LONGEST_SEARCH = 500


class CourseViewSet(
    VersionedDeleteMixin[Course],
    mixins.ListModelMixin,
    viewsets.GenericViewSet[Course],
):
    """Published courses, and those you may change."""

    queryset = Course.objects.none()
    lookup_field = "slug"
    # PostgreSQL takes no NUL, which the pattern of the router lets through.
    lookup_value_regex = SLUG
    serializer_class = CourseSerializer
    edit_serializer_class = CourseEditSerializer
    filterset_class = CourseFilter
    ordering_fields = ("created_at", "title", "published_at")
    scopes: ClassVar = {
        "list": "courses:read",
        "retrieve": "courses:read",
        "search": "courses:read",
        "ask": "courses:read",
        "usage": "courses:read",
        "*": "courses:write",
    }

    @property
    def throttle_scope(self) -> str:
        """Making and searching cost more than reading."""
        return {"create": "upload", "search": "search", "ask": "search"}.get(self.action, "")

    def get_queryset(self) -> QuerySet[Course]:
        courses = visible_courses(self.request.user)
        return courses if self.action == "list" else course_tree(courses)

    def get_serializer_class(self) -> type[BaseSerializer[Course]]:
        return CourseSerializer if self.action == "list" else CourseDetailSerializer

    def get_permissions(self) -> list[Any]:
        extra: list[BasePermission] = [MayAddCourses()] if self.action == "create" else []
        return [*super().get_permissions(), *extra]

    def get_parsers(self) -> list[Any]:
        # Asked before the action is known: files come to the list's address and to no other.
        making = "slug" not in self.kwargs and getattr(self, "action", None) in {None, "create"}
        return [MultiPartParser(), BoundedJSONParser()] if making else [BoundedJSONParser()]

    @extend_schema(
        request={
            "multipart/form-data": NewCourseSerializer,
            "application/json": CourseOfUploadsSerializer,
        },
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Make a course of PDFs. Answers at once with the job to follow; nothing is read yet."""
        return make_course_of(request)

    def edit(self, row: Course, values: dict[str, Any]) -> None:
        edit_course(
            course=row,
            title=values.get("title", row.title),
            description=values.get("description", row.description),
        )

    def remove(self, row: Course) -> None:
        delete_course(row)

    def check_edit(self, request: Request) -> None:
        verb = "delete" if self.action == "destroy" else "change"
        changeable_course(request, self.kwargs["slug"], f"courses.{verb}_course")

    @extend_schema(request=CourseEditSerializer, responses=CourseDetailSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title or description."""
        return super().partial_update(request, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the course with its files, quizzes and attempts. A running job is cancelled."""
        return super().destroy(request, *args, **kwargs)

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

    @extend_schema(parameters=[Q], responses=FoundSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def search(self, request: Request, **_kwargs: Any) -> Response:
        """The ten passages that fit the words best, by meaning and by the words themselves."""
        course = readable_course(request, self.kwargs["slug"])
        query = " ".join(request.query_params.get("q", "").replace("\0", " ").split())
        found = search_with_topics(course, query[:LONGEST_SEARCH]) if query else []
        shown = FoundSerializer(found, many=True)  # type: ignore[arg-type] # there are many
        return Response(shown.data)

    @extend_schema(request=QuestionToCourseSerializer, responses=AnsweredSerializer)
    @action(detail=True, methods=["post"])
    def ask(self, request: Request, **_kwargs: Any) -> Response:
        """Sentences of the documents that come nearest to a question, with their pages."""
        course = readable_course(request, self.kwargs["slug"])
        asked = QuestionToCourseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        question = asked.validated_data["question"]
        answer = {"question": question, "quotes": ask_course(course, question)}
        return Response(AnsweredSerializer(answer).data)

    def _publishable(self, request: Request) -> Course:
        course: Course = self.get_object()
        mine = editable_courses(request.user).filter(pk=course.pk).exists()
        if not (mine and request.user.has_perm("courses.publish_course")):
            raise PermissionDenied
        return course
