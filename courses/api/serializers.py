"""Courses, modules and topics as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from courses.models import Citation, Course, KeyTerm, Module, Topic
from courses.queries import Usage
from jobs.models import JobStatus


class UploadSerializer(serializers.Serializer[dict[str, Any]]):
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), allow_empty=False
    )
    course_title = serializers.CharField(required=False, allow_blank=True, max_length=255)
    language = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=10,
        help_text="A code such as hi or pt-BR; left out, the language of the documents. "
        "Needs a language model.",
    )


class UploadedSerializer(serializers.Serializer[dict[str, Any]]):
    """The answer to an upload: the job to follow. `notice` names files used only once."""

    job_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    status_url = serializers.URLField()
    notice = serializers.CharField(allow_blank=True)
    repeated = serializers.ListField(child=serializers.CharField())


class TopicLinkSerializer(serializers.ModelSerializer[Topic]):
    class Meta:
        model = Topic
        fields = ("id", "position", "title", "status")


class ModuleSerializer(serializers.ModelSerializer[Module]):
    week = serializers.IntegerField(source="position")
    topics = TopicLinkSerializer(many=True)

    class Meta:
        model = Module
        fields = ("id", "week", "title", "summary", "objectives", "topics")


class CourseSerializer(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = (
            "id",
            "slug",
            "title",
            "description",
            "status",
            "language",
            "source_language",
            "engine",
            "model",
            "created_at",
            "published_at",
        )


class UsageSerializer(serializers.Serializer[Usage]):
    """What language models were used for a course: calls answered, tokens, US dollars."""

    calls = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=12, decimal_places=6)


class CourseDetailSerializer(CourseSerializer):
    modules = ModuleSerializer(many=True)

    class Meta(CourseSerializer.Meta):
        fields = (*CourseSerializer.Meta.fields, "modules")  # type: ignore[assignment] # one more


class CitationSerializer(serializers.ModelSerializer[Citation]):
    document = serializers.CharField(source="passage.document.original_name")
    pages = serializers.CharField(source="passage.pages_label")

    class Meta:
        model = Citation
        fields = ("position", "document", "pages", "quote", "support")


class KeyTermSerializer(serializers.ModelSerializer[KeyTerm]):
    pages = serializers.CharField(source="passage.pages_label")

    class Meta:
        model = KeyTerm
        fields = ("term", "definition", "pages")


class TopicSerializer(serializers.ModelSerializer[Topic]):
    """`content` is Markdown; `[^n]` in it refers to the citation at position n."""

    citations = CitationSerializer(many=True)
    key_terms = KeyTermSerializer(many=True)

    class Meta:
        model = Topic
        fields = ("id", "title", "content", "status", "engine", "citations", "key_terms")
