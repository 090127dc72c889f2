"""Additions to a course over HTTP: what would change, accepted or left out by lesson."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.transactions import atomic
from courses.additions import added_topics
from courses.api.parts import PartViewSet
from courses.models import AddedTopic, Course, SourceDocument, Topic
from quizzes.additions import accept_topics, decline_topics, place_topics
from quizzes.models import NOT_REJECTED


class AddedTopicSerializer(serializers.ModelSerializer[Topic]):
    """A lesson of an addition. `joins` is the id of the topic at whose end it is meant to go, null
    for a lesson of its own; `accepted_at` is set while it waits for the changes to be published."""

    module = serializers.CharField(source="module.title")
    joins = serializers.IntegerField(source="added.joins_id", allow_null=True)
    accepted_at = serializers.DateTimeField(source="added.accepted_at", allow_null=True)
    questions = serializers.IntegerField(source="questions_counted")

    class Meta:
        model = Topic
        fields = ("id", "title", "module", "status", "joins", "accepted_at", "questions")


class AdditionSerializer(serializers.ModelSerializer[Course]):
    """What was made of documents that came later. It is a course with texts and questions of its
    own, below its `slug`, until all its topics are decided on."""

    documents: serializers.SlugRelatedField[SourceDocument] = serializers.SlugRelatedField(
        many=True, read_only=True, slug_field="original_name"
    )

    class Meta:
        model = Course
        fields = ("id", "slug", "title", "status", "notes", "documents", "created_at")


class AdditionDetailSerializer(AdditionSerializer):
    """With the lessons that are left to decide on, in their order."""

    topics = serializers.SerializerMethodField()

    class Meta(AdditionSerializer.Meta):
        fields = (*AdditionSerializer.Meta.fields, "topics")  # type: ignore[assignment] # one more

    @extend_schema_field(AddedTopicSerializer(many=True))
    def get_topics(self, addition: Course) -> Any:
        asked = Count("questions", filter=Q(questions__status__in=NOT_REJECTED))
        topics = added_topics(addition).annotate(questions_counted=asked)
        return AddedTopicSerializer(topics, many=True).data


class PlaceSerializer(serializers.Serializer[dict[str, Any]]):
    topic = serializers.IntegerField(min_value=1, max_value=2**62)
    joins = serializers.IntegerField(
        min_value=1,
        max_value=2**62,
        required=False,
        allow_null=True,
        help_text="A topic of the course at whose end it goes, or null for a lesson of its own. "
        "Left out, its place stays as it is.",
    )


class DecisionSerializer(serializers.Serializer[dict[str, Any]]):
    topics = PlaceSerializer(
        many=True, required=False, help_text="Left out, all topics of the addition."
    )


class DecidedSerializer(serializers.Serializer[dict[str, Any]]):
    """How many lessons were decided on. `waits` says that learners see them once the changes of the
    course are published."""

    topics = serializers.IntegerField()
    waits = serializers.BooleanField()


class AdditionViewSet(mixins.RetrieveModelMixin, PartViewSet[Course]):
    """Additions to the course that somebody has to decide on. For those who may change it."""

    queryset = Course.objects.none()
    ordering_fields = ("created_at", "title")
    lookup_value_regex = r"\d{1,18}"
    scopes: ClassVar = {"*": "courses:write"}

    def get_queryset(self) -> QuerySet[Course]:
        documents = SourceDocument.objects.order_by("position")
        additions = self.changeable().additions.order_by("-created_at", "-pk")
        return additions.prefetch_related(Prefetch("documents", documents))

    def get_serializer_class(self) -> Any:
        return AdditionSerializer if self.action == "list" else AdditionDetailSerializer

    @extend_schema(request=DecisionSerializer, responses=DecidedSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, **_kwargs: Any) -> Response:
        """Take topics over into the course, with their documents and questions.

        Texts of the course stay as they are: a topic that is joined keeps its text, and the other
        comes after it. In a published course they wait until its changes are published. 409 where
        somebody has decided on one of them already.
        """
        addition, places = self._chosen(request)

        @atomic
        def accept() -> int:
            given = {key: joins for key, (is_given, joins) in places.items() if is_given}
            if given:
                place_topics(addition, given)
            return accept_topics(addition, places, by=request.user)

        return self._decided(addition, accept())

    @extend_schema(request=DecisionSerializer, responses=DecidedSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, **_kwargs: Any) -> Response:
        """Leave topics out of the course. An addition with none left is deleted."""
        addition, places = self._chosen(request)
        return self._decided(addition, decline_topics(addition, places, by=request.user))

    def _chosen(self, request: Request) -> tuple[Course, dict[int, tuple[bool, int | None]]]:
        """The addition, and for each chosen topic whether a place was given, and which."""
        self.changeable("courses.change_topic")
        addition = self.get_object()
        sent = DecisionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if "topics" not in sent.validated_data:
            return addition, {topic.pk: (False, None) for topic in added_topics(addition)}
        chosen = sent.validated_data["topics"]
        return addition, {one["topic"]: ("joins" in one, one.get("joins")) for one in chosen}

    def _decided(self, addition: Course, number: int) -> Response:
        waits = AddedTopic.objects.filter(
            topic__module__course=addition, accepted_at__isnull=False
        ).exists()
        return Response(DecidedSerializer({"topics": number, "waits": waits}).data)
