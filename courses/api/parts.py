"""What a course consists of, below its address: documents, modules, topics, passages, terms."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from courses.api.access import changeable_course, readable_course
from courses.api.filters import PassageFilter, TopicFilter
from courses.api.serializers import (
    CourseTermSerializer,
    DocumentSerializer,
    ModuleEditSerializer,
    ModuleSerializer,
    PassageSerializer,
    TopicEditSerializer,
    TopicListSerializer,
    TopicSerializer,
    UploadedSerializer,
)
from courses.api.uploads import accepted
from courses.editing import approve_topic, edit_module, edit_topic
from courses.models import Course, KeyTerm, Module, Passage, SourceDocument, Topic
from courses.queries import topic_detail
from courses.rewriting import request_rewrite
from jobs.keys import once
from rest.files import stored_file
from rest.keys import IDEMPOTENCY_KEY, request_key
from rest.versions import VersionedMixin

M = TypeVar("M", bound=Model)


class PartViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[M]):
    """A part of the course whose slug stands in the address."""

    scopes: ClassVar = {
        "list": "courses:read",
        "retrieve": "courses:read",
        "file": "courses:read",
        "*": "courses:write",
    }

    @property
    def slug(self) -> str:
        slug: str = self.kwargs["slug"]
        return slug

    def course(self) -> Course:
        return readable_course(self.request, self.slug)

    def changeable(self, permission: str = "courses.change_course") -> Course:
        return changeable_course(self.request, self.slug, permission)


class DocumentViewSet(mixins.RetrieveModelMixin, PartViewSet[SourceDocument]):
    """The PDFs that the course was made from."""

    queryset = SourceDocument.objects.none()
    serializer_class = DocumentSerializer
    ordering_fields = ("position", "pages", "bytes")

    def get_queryset(self) -> QuerySet[SourceDocument]:
        return self.course().documents.order_by("position")

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def file(self, _request: Request, **_kwargs: Any) -> HttpResponseBase:
        """The PDF as it was uploaded. For those who may change the course."""
        self.changeable()
        document = self.get_object()
        if not document.file:
            raise NotFound("This course was imported without its PDFs.")
        return stored_file(
            document.file, name=document.original_name, content_type="application/pdf"
        )


class ModuleViewSet(VersionedMixin[Module], PartViewSet[Module]):
    """The weeks of the course."""

    queryset = Module.objects.none()
    serializer_class = ModuleSerializer
    edit_serializer_class = ModuleEditSerializer
    ordering_fields = ("position", "title")

    def get_queryset(self) -> QuerySet[Module]:
        return self.course().modules.order_by("position").prefetch_related("topics")

    def check_edit(self, _request: Request) -> None:
        self.changeable("courses.change_module")

    def edit(self, row: Module, values: dict[str, Any]) -> None:
        edit_module(
            module=row,
            title=values.get("title", row.title),
            summary=values.get("summary", row.summary),
            objectives=values.get("objectives", row.objectives),
        )

    @extend_schema(request=ModuleEditSerializer, responses=ModuleSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title, summary or learning objectives."""
        return super().partial_update(request, *args, **kwargs)


class TopicViewSet(VersionedMixin[Topic], PartViewSet[Topic]):
    """The lessons of the course."""

    queryset = Topic.objects.none()
    edit_serializer_class = TopicEditSerializer
    filterset_class = TopicFilter
    ordering_fields = ("title", "updated_at")

    def get_queryset(self) -> QuerySet[Topic]:
        topics = Topic.objects.filter(module__course=self.course())
        if self.action == "list":
            return topics.select_related("module").order_by("module__position", "position")
        return topic_detail(topics)

    def get_serializer_class(self) -> type[BaseSerializer[Topic]]:
        return TopicListSerializer if self.action == "list" else TopicSerializer

    def check_edit(self, _request: Request) -> None:
        self.changeable("courses.change_topic")

    def edit(self, row: Topic, values: dict[str, Any]) -> None:
        edit_topic(
            topic=row,
            title=values.get("title", row.title),
            content=values.get("content", row.content),
        )

    @extend_schema(request=TopicEditSerializer, responses=TopicSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change title or content; the topic then counts as edited."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(request=None, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_kwargs: Any) -> Response:
        """Say that the topic is good as it stands."""
        self.check_edit(request)
        approve_topic(self.get_object())
        return Response(TopicSerializer(self.get_object()).data)

    @extend_schema(request=None, responses={202: UploadedSerializer}, parameters=[IDEMPOTENCY_KEY])
    @action(detail=True, methods=["post"])
    def regenerate(self, request: Request, **_kwargs: Any) -> Response:
        """Have the topic written again; what stands there is kept until then."""
        course = self.changeable("courses.change_topic")
        topic = self.get_object()
        job = once(
            request.user,
            request_key(request),
            ["regenerate topic", topic.pk],
            lambda: request_rewrite(course=course, topics=[topic], requested_by=request.user),
        )
        return accepted(request, job)


class PassageViewSet(mixins.RetrieveModelMixin, PartViewSet[Passage]):
    """The documents' text, as it is cited. For those who may change the course."""

    queryset = Passage.objects.none()
    serializer_class = PassageSerializer
    filterset_class = PassageFilter
    ordering_fields = ("position", "page_from")

    def get_queryset(self) -> QuerySet[Passage]:
        passages = Passage.objects.filter(document__course=self.changeable())
        return passages.order_by("document__position", "position")


class TermViewSet(PartViewSet[KeyTerm]):
    """The course's glossary."""

    queryset = KeyTerm.objects.none()
    serializer_class = CourseTermSerializer
    ordering_fields = ("term",)

    def get_queryset(self) -> QuerySet[KeyTerm]:
        terms = KeyTerm.objects.filter(topic__module__course=self.course())
        return terms.select_related("passage").order_by("term", "pk")
