"""Practice over HTTP: today's queue, one's cards, and how well each was known."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.filters import Filters, YesNoFilter
from common.rest.json_only import JSONBooleanField
from common.rest.views import APIView, GenericViewSet
from quizzes.flashcards import (
    MAX_NEW_PER_DAY,
    Queue,
    answer_card,
    collect_cards,
    face_of,
    own_cards,
    plan_of,
    queue_of,
    set_aside,
    set_plan,
    with_faces,
)
from quizzes.models import Card, Rating


class CardSerializer(serializers.ModelSerializer[Card]):
    """A card with both of its sides. `last_review` is null for a new one."""

    kind = serializers.ChoiceField(source="face.kind", choices=("term", "question"))
    front = serializers.CharField(source="face.front")
    sentence = serializers.CharField(
        source="face.sentence", help_text="With blanks; empty for most cards."
    )
    choices = serializers.ListField(child=serializers.CharField(), source="face.choices")
    back = serializers.ListField(
        child=serializers.CharField(), source="face.back", help_text="What is right."
    )
    explanation = serializers.CharField(source="face.explanation")
    course = serializers.SlugField(source="face.course.slug")
    topic = serializers.IntegerField(source="face.topic.pk", default=None, allow_null=True)

    class Meta:
        model = Card
        fields = (
            *("id", "kind", "front", "sentence", "choices", "back", "explanation", "course"),
            *("topic", "due", "last_review"),
        )

    def to_representation(self, instance: Card) -> dict[str, Any]:
        shown: Any = instance
        shown.face = face_of(instance)
        return super().to_representation(instance)


class CardReviewSerializer(serializers.Serializer[Any]):
    """How well a card was known. With `last_review` as it was read, a card that was answered
    meanwhile elsewhere is refused with 409; without it as well, if it was new."""

    rating = serializers.ChoiceField(
        choices=Rating.choices, help_text="1 not known, 2 hard, 3 known, 4 easy."
    )
    last_review = serializers.DateTimeField(allow_null=True, default=None)


class PracticePlanSerializer(serializers.Serializer[Any]):
    new_per_day = serializers.IntegerField(min_value=0, max_value=MAX_NEW_PER_DAY)
    shows_streak = JSONBooleanField()


class PracticeSerializer(serializers.Serializer[Queue]):
    """What there is to practise now. `waiting` are new cards for other days; `streak` counts the
    days in a row, and is null where the learner turned it off."""

    due = serializers.IntegerField(min_value=0)
    new = serializers.IntegerField(min_value=0)
    waiting = serializers.IntegerField(min_value=0)
    answered_today = serializers.IntegerField(min_value=0)
    streak = serializers.IntegerField(min_value=0, allow_null=True)
    next_due = serializers.DateTimeField(allow_null=True)
    card = CardSerializer(allow_null=True)


class CardFilter(Filters):
    course = filters.CharFilter(method="of_course", max_length=80, label="A course's slug")
    new = YesNoFilter(field_name="last_review", lookup_expr="isnull", label="Never answered")

    class Meta:
        model = Card
        fields = ("course", "new")

    def of_course(self, cards: QuerySet[Card], _name: str, slug: str) -> QuerySet[Card]:
        return cards.filter(topic__module__course__slug=slug) | cards.filter(
            question__quiz__course__slug=slug
        )


class PracticeView(APIView):
    """Your practice of today."""

    scopes: ClassVar = {"GET": "quizzes:read", "*": "quizzes:take"}

    @extend_schema(operation_id="practice_retrieve", responses=PracticeSerializer)
    def get(self, request: Request) -> Response:
        """How many cards there are today, and the next one. Makes the cards that are missing."""
        collect_cards(request.user)
        return Response(PracticeSerializer(queue_of(request.user)).data)


class PracticePlanView(APIView):
    """How you want to practise."""

    scopes: ClassVar = {"GET": "quizzes:read", "*": "quizzes:take"}

    @extend_schema(operation_id="practice_plan_retrieve", responses=PracticePlanSerializer)
    def get(self, request: Request) -> Response:
        """New cards a day, and whether the streak is counted."""
        return Response(PracticePlanSerializer(plan_of(request.user)).data)

    @extend_schema(
        operation_id="practice_plan_update",
        request=PracticePlanSerializer,
        responses=PracticePlanSerializer,
    )
    def put(self, request: Request) -> Response:
        """Change both."""
        wanted = PracticePlanSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        plan = set_plan(request.user, **wanted.validated_data)
        return Response(PracticePlanSerializer(plan).data)


class CardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Card]):
    """Your cards: key terms of lessons that you have read, and questions that you missed."""

    queryset = Card.objects.none()
    lookup_value_regex = r"\d{1,18}"
    serializer_class = CardSerializer
    filterset_class = CardFilter
    ordering_fields = ("due", "created_at")
    scopes: ClassVar = {
        "list": "quizzes:read",
        "retrieve": "quizzes:read",
        "*": "quizzes:take",
    }

    def get_queryset(self) -> QuerySet[Card]:
        return with_faces(own_cards(self.request.user)).order_by("due", "pk")

    @extend_schema(request=CardReviewSerializer, responses=CardSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, **_kwargs: Any) -> Response:
        """Say how well you knew the card; the answer says when it comes again."""
        card = self.get_object()
        given = CardReviewSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        answer_card(card=card, rating=values["rating"], seen=values["last_review"])
        return Response(CardSerializer(self.get_object()).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request: Request, **_kwargs: Any) -> Response:  # noqa: ARG002 - DRF's
        """Ask this card no more."""
        set_aside(self.get_object())
        return Response(status=204)
