"""Courses, modules and topics as the API shows them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.asking import Quote
from courses.direct import Offer
from courses.models import Citation, Course, KeyTerm, Module, Passage, SourceDocument, Topic
from courses.queries import Usage
from courses.retrieval import Found
from jobs.models import JobStatus


@extend_schema_field(OpenApiTypes.BINARY)
class FileToSendField(serializers.FileField):
    """The document would have it an address, as in answers."""


class NewCourseSerializer(serializers.Serializer[dict[str, Any]]):
    files = serializers.ListField(
        child=FileToSendField(allow_empty_file=True), allow_empty=False, required=False
    )
    uploads = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        help_text="Ids of files that you sent to the addresses that `POST /api/uploads/` gave.",
    )
    title = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=255,
        help_text="Left out, the course is called after the first file.",
    )
    language = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=10,
        help_text="A code such as hi or pt-BR; left out, the language of the documents. "
        "Needs a language model.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("files") or attrs.get("uploads")):
            raise serializers.ValidationError({"files": ["Send at least one PDF file."]})
        return attrs


class CourseOfUploadsSerializer(NewCourseSerializer):
    """Of files that are in the store already."""

    files = None  # type: ignore[assignment] # they do not come along
    uploads = serializers.ListField(
        child=serializers.UUIDField(), max_length=settings.DATA_UPLOAD_MAX_NUMBER_FILES
    )


class UploadSerializer(NewCourseSerializer):
    """As clients of the prototype send it."""

    uploads = None  # type: ignore[assignment] # they know no such thing
    title = None  # type: ignore[assignment] # it is called otherwise here
    course_title = serializers.CharField(required=False, allow_blank=True, max_length=255)


class NewDirectUploadSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=0, max_value=2**53, help_text="In bytes.")
    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}\Z", help_text="Of the file's bytes, in hexadecimal."
    )


class DirectUploadSerializer(serializers.Serializer[Offer]):
    """Send the file with `method` to `url`, with exactly these `headers`."""

    id = serializers.UUIDField(source="upload.pk")
    method = serializers.CharField(default="PUT", read_only=True)
    url = serializers.URLField()
    headers = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


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


class CourseEditSerializer(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = ("title", "description")


class ModuleEditSerializer(serializers.ModelSerializer[Module]):
    class Meta:
        model = Module
        fields = ("title", "summary", "objectives")


class TopicEditSerializer(serializers.ModelSerializer[Topic]):
    content = serializers.CharField(
        trim_whitespace=False, help_text="Markdown; `[^n]` refers to the citation at position n."
    )

    class Meta:
        model = Topic
        fields = ("title", "content")


class DocumentSerializer(serializers.ModelSerializer[SourceDocument]):
    name = serializers.CharField(source="original_name")

    class Meta:
        model = SourceDocument
        fields = (
            "id",
            "position",
            "name",
            "pages",
            "bytes",
            "sha256",
            "language",
            "status",
            "warnings",
            "uploaded_at",
        )


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """`page_from` and `page_to` count from 1; `pages` is what is printed on them."""

    pages = serializers.CharField(source="pages_label")
    heading_path = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Passage
        fields = (
            "id",
            "document",
            "position",
            "page_from",
            "page_to",
            "pages",
            "heading_path",
            "text",
            "kind",
            "matter",
        )


class TopicListSerializer(serializers.ModelSerializer[Topic]):
    week = serializers.IntegerField(source="module.position")

    class Meta:
        model = Topic
        fields = ("id", "week", "position", "title", "status", "engine", "updated_at")


class CourseTermSerializer(KeyTermSerializer):
    class Meta(KeyTermSerializer.Meta):
        fields = (*KeyTermSerializer.Meta.fields, "topic")  # type: ignore[assignment] # one more


class FoundSerializer(serializers.Serializer[Found]):
    """A passage that fits the search; `score` only orders the results."""

    score = serializers.FloatField()
    document = serializers.CharField(source="passage.document.original_name")
    pages = serializers.CharField(source="passage.pages_label")
    heading_path = serializers.ListField(
        source="passage.heading_path", child=serializers.CharField()
    )
    text = serializers.CharField(source="passage.text")
    topics = TopicLinkSerializer(source="passage.topics", many=True)


class QuestionToCourseSerializer(serializers.Serializer[dict[str, Any]]):
    question = serializers.CharField(max_length=500)


class QuoteSerializer(serializers.Serializer[Quote]):
    """A sentence of the documents; `score` from 0 to 1 says how near it is to the question."""

    text = serializers.CharField()
    score = serializers.FloatField()
    document = serializers.CharField(source="passage.document.original_name")
    pages = serializers.CharField(source="passage.pages_label")


class AnsweredSerializer(serializers.Serializer[dict[str, Any]]):
    """`quotes` is empty where nothing in the course comes near the question."""

    question = serializers.CharField()
    quotes = QuoteSerializer(many=True)
