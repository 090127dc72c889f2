"""Courses over HTTP: made, read, changed, searched, published."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.bodies import BoundedJSONParser
from common.idempotency import once
from common.rest.etags import VersionedDeleteMixin
from common.rest.schema import Q
from common.rest.views import IDEMPOTENCY_KEY, GenericViewSet, request_key
from courses.answer_stream import AnswerEvents
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
    OutlineSerializer,
    OutlineShownSerializer,
    QuestionToCourseSerializer,
    UploadedSerializer,
    UsageSerializer,
)
from courses.api.uploads import accepted, make_course_of
from courses.editing import edit_course
from courses.estimates import estimate
from courses.learner_queries import search_with_topics
from courses.models import Course
from courses.outlines import OutlinedModule, OutlinedTopic, edit_outline, request_writing
from courses.publishing import publish_changes
from courses.queries import course_tree, editable_courses, visible_courses
from courses.question_answering import Answered, answer_question, find_material
from courses.services import delete_course, publish_course, unpublish_course
from jobs.api.events import stream_response
from jobs.models import Job

SLUG = "[-a-zA-Z0-9_]+"
LONGEST_SEARCH = 500


class CourseViewSet(
    VersionedDeleteMixin[Course],
    mixins.ListModelMixin,
    GenericViewSet[Course],
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
        "ask_stream": "courses:read",
        "usage": "courses:read",
        "outline": "courses:read",
        "*": "courses:write",
    }

    @property
    def throttle_scope(self) -> str:
        """Making and searching cost more than reading."""
        return _THROTTLES.get(self.action, "")

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
        """Make a course of documents or web pages. Answers at once with the job to follow; nothing
        is read yet."""
        return make_course_of(request)

    def edit(self, row: Course, values: dict[str, Any]) -> None:
        edit_course(
            course=row,
            title=values.get("title", row.title),
            description=values.get("description", row.description),
            audience=values.get("audience"),
            prerequisites=values.get("prerequisites"),
            asks_drafts=values.get("asks_drafts"),
            shows_pages=values.get("shows_pages"),
            by=self.request.user,
        )

    def remove(self, row: Course) -> None:
        delete_course(row)

    def check_edit(self, request: Request) -> None:
        verb = "delete" if self.action == "destroy" else "change"
        changeable_course(request, self.kwargs["slug"], f"courses.{verb}_course")

    @extend_schema(request=CourseEditSerializer, responses=CourseDetailSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title, description, audience or prerequisites."""
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
    @action(detail=True, methods=["post"], url_path="publish-changes")
    def publish_changes(self, request: Request, **_kwargs: Any) -> Response:
        """Show learners the changes that people kept for later, and the lessons of additions that
        they accepted. 409 if there are none."""
        course = self._publishable(request)
        publish_changes(course, by=request.user)
        course.refresh_from_db()
        return Response(CourseSerializer(course).data)

    @extend_schema(request=None, responses=CourseSerializer)
    @action(detail=True, methods=["post"])
    def unpublish(self, request: Request, **_kwargs: Any) -> Response:
        """Take the course back from learners."""
        return Response(CourseSerializer(unpublish_course(self._publishable(request))).data)

    @extend_schema(responses=OutlineShownSerializer)
    @action(detail=True)
    def outline(self, request: Request, **_kwargs: Any) -> Response:
        """The course's outline, and what writing it will take if it waits for that."""
        return Response(OutlineShownSerializer(self._outline(self._changeable(request))).data)

    @extend_schema(request=OutlineSerializer, responses=OutlineShownSerializer)
    @outline.mapping.put
    def change_outline(self, request: Request, **_kwargs: Any) -> Response:
        """Change the outline of a course that was asked for with `reviews_outline`."""
        course = self._changeable(request)
        wanted = OutlineSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        edit_outline(course, wanted.outlined())
        return Response(OutlineShownSerializer(self._outline(course)).data)

    @extend_schema(request=None, responses={202: UploadedSerializer}, parameters=[IDEMPOTENCY_KEY])
    @action(detail=True, methods=["post"])
    def write(self, request: Request, **_kwargs: Any) -> Response:
        """Have the lessons and quizzes of the outline written. Answers with the job to follow."""
        course = self._changeable(request)
        made = once(
            user=request.user,
            key=request_key(request),
            request=["write course", course.pk],
            rows=Job.objects.all(),
            make=lambda: request_writing(course=course, requested_by=request.user),
        )
        return accepted(request, made.row)

    @extend_schema(responses=UsageSerializer)
    @action(detail=True)
    def usage(self, request: Request, **_kwargs: Any) -> Response:
        """What language models were used for the course. For those who may change it."""
        course = get_object_or_404(editable_courses(request.user), slug=self.kwargs["slug"])
        return Response(UsageSerializer(course).data)

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
        """An answer from what the course teaches, with its sources.

        A language model writes it if there is one; else it is the sentences of the documents that
        come nearest. Where the material does not say, both are empty.
        """
        course = readable_course(request, self.kwargs["slug"])
        asked = QuestionToCourseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        question = asked.validated_data["question"]
        found = answer_question(course, question, person=request.user)
        return Response(_answered(question, found))

    @extend_schema(
        request=QuestionToCourseSerializer,
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR,
                description="Events `draft`, each with all that is written so far, not checked "
                "yet, then one event `answer`, which replaces the drafts. Their data are as "
                "`ask` answers. An event `error` with `detail` ends a stream without an answer.",
            ),
        },
    )
    @action(detail=True, methods=["post"], url_path="ask/stream")
    def ask_stream(self, request: Request, **_kwargs: Any) -> HttpResponseBase:
        """The same answer as it is written: server-sent events. Close the stream to cancel."""
        course = readable_course(request, self.kwargs["slug"])
        asked = QuestionToCourseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        question = asked.validated_data["question"]
        events = AnswerEvents(
            find_material(course, question),
            person=request.user,
            show=lambda found: _answered(question, found),
        )
        return stream_response(events)

    def _changeable(self, request: Request) -> Course:
        return changeable_course(request, self.kwargs["slug"], "courses.change_course")

    def _outline(self, course: Course) -> dict[str, Any]:
        modules = [
            OutlinedModule(
                module.pk,
                module.title,
                module.summary,
                module.objectives,
                [OutlinedTopic(topic.pk, topic.title) for topic in module.topics.all()],
            )
            for module in course.modules.order_by("position").prefetch_related("topics")
        ]
        return {"modules": modules, "estimate": estimate(course)}

    def _publishable(self, request: Request) -> Course:
        course: Course = self.get_object()
        mine = editable_courses(request.user).filter(pk=course.pk).exists()
        if not (mine and request.user.has_perm("courses.publish_course")):
            raise PermissionDenied
        return course


_THROTTLES = {"create": "upload", "search": "search", "ask": "ask", "ask_stream": "ask"}


def _answered(question: str, found: Answered) -> dict[str, Any]:
    citations = [
        {"position": position, "passage": passage}
        for position, passage in enumerate(found.passages, start=1)
    ]
    answer = {
        "question": question,
        "answer": found.text,
        "citations": citations,
        "quotes": found.quotes,
        "notice": found.notice,
    }
    shown: dict[str, Any] = AnsweredSerializer(answer).data
    return shown
