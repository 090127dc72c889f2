"""What a course consists of, below its address: documents, modules, topics, passages, terms."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db.models import Model, Prefetch, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.alphabet import Alphabetical
from common.bodies import BoundedJSONParser
from common.files import stored_file
from common.idempotency import once
from common.rest.etags import VersionedMixin
from common.rest.views import IDEMPOTENCY_KEY, GenericViewSet, request_key
from courses.additions import request_addition
from courses.api.access import changeable_course, readable_course
from courses.api.filters import PassageFilter, TopicFilter
from courses.api.serializers import (
    CourseTermSerializer,
    DocumentSerializer,
    DocumentsOfUploadsSerializer,
    DocumentsSerializer,
    FigureEditSerializer,
    FigureSerializer,
    InstructionSerializer,
    ModuleEditSerializer,
    ModuleSerializer,
    PassageSerializer,
    TopicEditSerializer,
    TopicListSerializer,
    TopicSerializer,
    UploadedSerializer,
    instruction_of,
)
from courses.api.uploads import accepted
from courses.editing import approve_topic, edit_module, edit_topic
from courses.figures import course_figures, edit_figure, visible_figures
from courses.models import Course, Figure, KeyTerm, Module, Passage, SourceDocument, Topic
from courses.queries import topic_detail
from courses.regeneration import request_rewrite
from engine.reading.formats.kinds import KINDS
from jobs.models import Job

M = TypeVar("M", bound=Model)


class PartViewSet(mixins.ListModelMixin, GenericViewSet[M]):
    """A part of the course whose slug stands in the address."""

    scopes: ClassVar = {
        "list": "courses:read",
        "retrieve": "courses:read",
        "file": "courses:read",
        "picture": "courses:read",
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


BINARY = OpenApiTypes.BINARY


class DocumentViewSet(mixins.RetrieveModelMixin, PartViewSet[SourceDocument]):
    """The documents that the course was made from, or that were added later."""

    queryset = SourceDocument.objects.none()
    serializer_class = DocumentSerializer
    ordering_fields = ("position", "pages", "bytes")

    @property
    def throttle_scope(self) -> str:
        return "upload" if self.action == "create" else ""

    def get_parsers(self) -> list[Any]:
        # Asked before the action is known: files come to the list's address and to no other.
        return [MultiPartParser(), BoundedJSONParser()] if "pk" not in self.kwargs else []

    def get_queryset(self) -> QuerySet[SourceDocument]:
        return self.course().documents.order_by("position")

    @extend_schema(
        request={
            "multipart/form-data": DocumentsSerializer,
            "application/json": DocumentsOfUploadsSerializer,
        },
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Have documents or web pages read that may be added to the course. Answers at once with
        the job to follow. What comes of them is an addition; the course stays as it is until you
        accept it, see `/api/courses/SLUG/additions/`."""
        course = self.changeable("courses.add_course")
        sent = DocumentsSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = sent.validated_data
        made = request_addition(
            course,
            files=values.get("files", ()),
            sent=values.get("uploads", ()),
            addresses=values.get("addresses", ()),
            pages=values.get("pages", ()),
            requested_by=request.user,
            key=request_key(request),
        )
        return accepted(request, made.job, notice=made.notice, repeated=made.repeated)

    @extend_schema(
        responses={(200, kind.media_type): OpenApiTypes.BINARY for kind in KINDS.values()}
    )
    @action(detail=True)
    def file(self, _request: Request, **_kwargs: Any) -> HttpResponseBase:
        """The file as it was uploaded or fetched. For those who may change the course."""
        self.changeable()
        document = self.get_object()
        if not document.file:
            raise NotFound("This course was imported without its files, or it is not fetched yet.")
        # A web page is called by its address, which has no ending that programs know.
        name = document.original_name
        return stored_file(
            document.file,
            name=f"{name.replace('/', '_')}.{document.format}" if document.address else name,
            content_type=KINDS[document.format].media_type,
        )


class FigureViewSet(VersionedMixin[Figure], PartViewSet[Figure]):
    """Pictures, drawings and formulas of the documents; learners get those that lessons show."""

    queryset = Figure.objects.none()
    serializer_class = FigureSerializer
    edit_serializer_class = FigureEditSerializer
    ordering_fields = ("page",)

    def get_queryset(self) -> QuerySet[Figure]:
        figures = course_figures(self.course()).select_related("document__course")
        return figures.filter(pk__in=visible_figures(self.request.user))

    def check_edit(self, _request: Request) -> None:
        self.changeable("courses.change_figure")

    def edit(self, row: Figure, values: dict[str, Any]) -> None:
        edit_figure(
            row,
            used=values.get("used", row.used),
            caption=values.get("caption"),
            alternative_text=values.get("alternative_text"),
        )

    @extend_schema(request=FigureEditSerializer, responses=FigureSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change whether lessons show it, its caption or its alternative text."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(responses={(200, "image/webp"): OpenApiTypes.BINARY})
    @action(detail=True)
    def picture(self, _request: Request, **_kwargs: Any) -> HttpResponseBase:
        """The picture as a WebP file."""
        figure = self.get_object()
        if not figure.file:
            raise NotFound("This formula has no picture.")
        return stored_file(figure.file, name=f"figure-{figure.pk}.webp", content_type="image/webp")


class ModuleViewSet(VersionedMixin[Module], PartViewSet[Module]):
    """The weeks of the course."""

    queryset = Module.objects.none()
    serializer_class = ModuleSerializer
    edit_serializer_class = ModuleEditSerializer
    ordering_fields = ("position", "title")

    def get_queryset(self) -> QuerySet[Module]:
        topics = Prefetch("topics", Topic.objects.only("module", "position", "title", "status"))
        return self.course().modules.order_by("position").prefetch_related(topics)

    def check_edit(self, _request: Request) -> None:
        self.changeable("courses.change_module")

    def edit(self, row: Module, values: dict[str, Any]) -> None:
        edit_module(
            module=row,
            title=values.get("title", row.title),
            summary=values.get("summary", row.summary),
            objectives=values.get("objectives", row.objectives),
            by=self.request.user,
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
            titles = topics.defer("content", "statements")
            return titles.select_related("module").order_by("module__position", "position")
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
            by=self.request.user,
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
        approve_topic(self.get_object(), by=request.user)
        return Response(TopicSerializer(self.get_object()).data)

    @extend_schema(
        request=InstructionSerializer,
        responses={202: UploadedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def regenerate(self, request: Request, **_kwargs: Any) -> Response:
        """Have the topic written again, as an `instruction` says; what stands there is kept until
        then. For what a person wrote or approved, or learners read, the new text is a proposal."""
        course = self.changeable("courses.change_topic")
        topic = self.get_object()
        instruction = instruction_of(request)
        made = once(
            user=request.user,
            key=request_key(request),
            # Requests of earlier releases had no instruction, and are still known by their keys.
            request=["regenerate topic", topic.pk, *([instruction] if instruction else [])],
            rows=Job.objects.all(),
            make=lambda: request_rewrite(
                course=course, topics=[topic], requested_by=request.user, instruction=instruction
            ),
        )
        return accepted(request, made.row)


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
        return terms.select_related("passage").order_by(Alphabetical("term"), "term", "pk")
