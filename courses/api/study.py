"""What learners do with lessons, over HTTP: lessons read, notes and bookmarks. Only one's own."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.filters import Filters, YesNoFilter
from common.rest.json_only import JSONBooleanField
from common.rest.views import GenericViewSet
from courses.learner_queries import own_notes, own_readings, visible_topics
from courses.lesson_html import QUOTE_LENGTH
from courses.models import Note, Reading, Topic
from courses.study import MAX_NOTE_LENGTH, add_note, change_note, set_read


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    """A lesson that you opened; `read_at` is null until you mark it as read."""

    course = serializers.SlugField(source="topic.module.course.slug", read_only=True)
    title = serializers.CharField(source="topic.title", read_only=True)

    class Meta:
        model = Reading
        fields = ("topic", "title", "course", "opened_at", "read_at")


class ReadMarkSerializer(serializers.Serializer[Any]):
    is_read = JSONBooleanField()


class NoteSerializer(serializers.ModelSerializer[Note]):
    """A note of yours. Without text it is a bookmark, without quote about the whole lesson."""

    course = serializers.SlugField(source="topic.module.course.slug", read_only=True)

    class Meta:
        model = Note
        fields = ("id", "topic", "course", "quote", "text", "created_at", "updated_at")


class NewNoteSerializer(serializers.Serializer[Any]):
    """`quote` is how the passage begins that the note is about."""

    topic = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    text = serializers.CharField(allow_blank=True, default="", max_length=MAX_NOTE_LENGTH)
    quote = serializers.CharField(allow_blank=True, default="", max_length=QUOTE_LENGTH)


class NoteEditSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, max_length=MAX_NOTE_LENGTH)


class OfCourse(Filters):
    course = filters.CharFilter(
        field_name="topic__module__course__slug", max_length=80, label="A course's slug"
    )


class ReadingFilter(OfCourse):
    is_read = YesNoFilter(
        field_name="read_at", lookup_expr="isnull", exclude=True, label="Marked as read"
    )

    class Meta:
        model = Reading
        fields = ("course", "is_read")


class NoteFilter(OfCourse):
    class Meta:
        model = Note
        fields = ("course", "topic")


SCOPES = {"list": "quizzes:read", "retrieve": "quizzes:read", "*": "quizzes:take"}


class ReadingViewSet(mixins.ListModelMixin, GenericViewSet[Reading]):
    """The lessons that you opened, and which of them you have read."""

    queryset = Reading.objects.none()
    lookup_field = "topic"
    lookup_value_regex = r"\d{1,18}"
    serializer_class = ReadingSerializer
    filterset_class = ReadingFilter
    ordering_fields = ("opened_at", "read_at")
    scopes: ClassVar = SCOPES

    def get_queryset(self) -> QuerySet[Reading]:
        return own_readings(self.request.user)

    @extend_schema(request=ReadMarkSerializer, responses=ReadingSerializer)
    def update(self, request: Request, topic: str) -> Response:
        """Mark a lesson as read, or take the mark back."""
        lesson = get_object_or_404(visible_topics(request.user), pk=topic)
        wanted = ReadMarkSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        set_read(request.user, lesson, is_read=wanted.validated_data["is_read"])
        return Response(ReadingSerializer(get_object_or_404(self.get_queryset(), topic=topic)).data)


@extend_schema_view(
    list=extend_schema(description="Your notes and bookmarks, the latest first."),
    destroy=extend_schema(description="Delete a note."),
)
class NoteViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Note],
):
    """Your notes and bookmarks. Nobody else sees them."""

    queryset = Note.objects.none()
    lookup_value_regex = r"\d{1,18}"
    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    ordering_fields = ("created_at", "updated_at")
    scopes: ClassVar = SCOPES

    def get_queryset(self) -> QuerySet[Note]:
        return own_notes(self.request.user)

    @extend_schema(request=NewNoteSerializer, responses={201: NoteSerializer})
    def create(self, request: Request) -> Response:
        """Write a note, or set a bookmark, of which a place has one."""
        wanted = NewNoteSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = wanted.validated_data
        topic: Topic | None = visible_topics(request.user).filter(pk=values["topic"]).first()
        if topic is None:
            raise serializers.ValidationError({"topic": ["There is no such lesson for you."]})
        note = add_note(
            learner=request.user, topic=topic, text=values["text"], quote=values["quote"]
        )
        return Response(NoteSerializer(note).data, status=201)

    @extend_schema(request=NoteEditSerializer, responses=NoteSerializer)
    def partial_update(self, request: Request, **_kwargs: Any) -> Response:
        """Write other words. Emptied, it becomes a bookmark, unless the place has one already:
        then it is deleted, and the answer is that bookmark."""
        note = self.get_object()
        wanted = NoteEditSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        change_note(note, wanted.validated_data["text"])
        same = self.get_queryset().filter(topic=note.topic_id, quote=note.quote, text="")
        kept = self.get_queryset().filter(pk=note.pk).first() if note.pk else None
        return Response(NoteSerializer(kept or same.get()).data)
