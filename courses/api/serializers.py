"""Courses, modules and topics as the API shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from courses.direct_uploads import Offer
from courses.estimates import Estimate
from courses.figures import topic_figures
from courses.models import (
    Citation,
    Course,
    CourseLevels,
    Figure,
    KeyTerm,
    LessonLengths,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from courses.outlines import OutlinedModule, OutlinedTopic
from courses.question_answering import Quote
from courses.retrieval import Found
from engine.lessons.blocks import BlockKind, LessonBlock, lesson_blocks, objectives_of
from engine.lessons.schemas import CourseLevel, LessonLength, Wishes
from engine.reading.document import PlaceUnit
from engine.reading.formats.kinds import Format
from jobs.models import JobStatus


@extend_schema_field(OpenApiTypes.BINARY)
class FileToSendField(serializers.FileField):
    """The document would have it an address, as in answers."""


class DocumentsSerializer(serializers.Serializer[dict[str, Any]]):
    """Documents that a course is made from, or that are added to one."""

    files = serializers.ListField(
        child=FileToSendField(allow_empty_file=True), allow_empty=False, required=False
    )
    uploads = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        help_text="Ids of files that you sent to the addresses that `POST /api/uploads/` gave.",
    )
    addresses = serializers.ListField(
        child=serializers.CharField(max_length=500),
        required=False,
        max_length=settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        help_text="Of web pages that everybody can open; a worker fetches them.",
    )
    pages = serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=300),
        required=False,
        max_length=settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        help_text="For each file, in their order, the pages of a PDF to use, such as `3-40, 52`, "
        "counted from its first; empty or left out, all. Of other files no pages can be chosen.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.get(name) for name in ("files", "uploads", "addresses")):
            raise serializers.ValidationError(
                {"files": ["Send at least one file, or the address of a web page."]}
            )
        return attrs


class DocumentsOfUploadsSerializer(DocumentsSerializer):
    """Web pages, and files that are in the store already."""

    files = None  # type: ignore[assignment] # they do not come along


class NewCourseSerializer(DocumentsSerializer):
    title = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=255,
        help_text="Left out, the title that the first file prints, or its name.",
    )
    language = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=10,
        help_text="A code such as hi or pt-BR; left out, the language of the documents. "
        "Needs a language model.",
    )

    audience = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Whom the course is for."
    )
    prerequisites = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="What learners have to know before.",
    )
    level = serializers.ChoiceField(choices=CourseLevels.choices, required=False, allow_blank=True)
    length = serializers.ChoiceField(
        choices=LessonLengths.choices,
        required=False,
        allow_blank=True,
        help_text="Of each lesson.",
    )
    modules = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=40,
        help_text="How many; 0 or left out, as many as fit the material.",
    )
    focus = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="What matters most."
    )
    reviews_outline = serializers.BooleanField(
        required=False,
        help_text="Wait with the writing until `POST /api/courses/SLUG/write/`, so that you can "
        "see and change the outline.",
    )

    def wishes(self) -> Wishes:
        """Of values that are valid."""
        values = self.validated_data
        return Wishes(
            audience=values.get("audience", ""),
            prerequisites=values.get("prerequisites", ""),
            level=CourseLevel(values["level"]) if values.get("level") else None,
            length=LessonLength(values["length"]) if values.get("length") else None,
            modules=values.get("modules", 0),
            focus=values.get("focus", ""),
        )


class CourseOfUploadsSerializer(NewCourseSerializer):
    """Of web pages, and of files that are in the store already."""

    files = None  # type: ignore[assignment] # they do not come along


class UploadSerializer(NewCourseSerializer):
    """As clients of the prototype send it."""

    uploads = None  # type: ignore[assignment] # they know no such thing
    addresses = None  # type: ignore[assignment]
    title = None  # type: ignore[assignment] # it is called otherwise here
    audience = prerequisites = level = length = None  # type: ignore[assignment] # nor these
    modules = focus = reviews_outline = None  # type: ignore[assignment] # nor these
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


class InstructionSerializer(serializers.Serializer[dict[str, Any]]):
    instruction = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="What to change, such as: shorter, with an example. Needs a language model.",
    )


def instruction_of(request: Request) -> str:
    """Returns the instruction that was sent, or "". Raises DRF's ValidationError if it is wrong."""
    sent = InstructionSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    instruction: str = sent.validated_data.get("instruction", "")
    return instruction


FORMATS = [(form.value, form.value) for form in Format]
# Of jobs whose result is a course.
JOB_KINDS = [(kind, kind) for kind in ("course", "writing", "rewrite", "quiz", "question", "added")]


class CourseResultSerializer(serializers.Serializer[dict[str, Any]]):
    """The course that a job made or changed. Its slug and address are null where an older release
    did not note them; the course may be deleted since."""

    kind = serializers.ChoiceField(choices=JOB_KINDS)
    course_id = serializers.IntegerField()
    course_title = serializers.CharField()
    modules = serializers.IntegerField()
    course_slug = serializers.CharField(allow_null=True, default=None)
    course_url = serializers.SerializerMethodField(
        help_text="Below the server's own address, unless PUBLIC_URL is set there."
    )

    def get_course_url(self, result: dict[str, Any]) -> str | None:
        slug = result.get("course_slug")
        path = slug and reverse("api-course-detail", args=[slug])
        return f"{settings.PUBLIC_URL}{path}" if path else None


class TopicLinkSerializer(serializers.ModelSerializer[Topic]):
    class Meta:
        model = Topic
        fields = ("id", "position", "title", "status")


class ModuleSerializer(serializers.ModelSerializer[Module]):
    week = serializers.IntegerField(source="position")
    levels = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="The Bloom levels of the objectives, one for each; '' where none was given.",
    )
    topics = TopicLinkSerializer(many=True)

    class Meta:
        model = Module
        fields = ("id", "week", "title", "summary", "objectives", "levels", "topics")


class CourseSerializer(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = (
            "id",
            "slug",
            "title",
            "description",
            "audience",
            "prerequisites",
            "status",
            "language",
            "source_language",
            "engine",
            "model",
            "asks_drafts",
            "shows_pages",
            "adds_to",
            "created_at",
            "published_at",
        )
        extra_kwargs: ClassVar = {
            "adds_to": {"help_text": "Of an addition, the id of the course that it was made for."}
        }


class UsageSerializer(serializers.Serializer[Course]):
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
    support = serializers.FloatField(
        help_text="Deprecated: it says nothing of the truth of what cites the passage, and is 1 "
        "for all that is new."
    )

    class Meta:
        model = Citation
        fields = ("position", "document", "pages", "quote", "support")


class KeyTermSerializer(serializers.ModelSerializer[KeyTerm]):
    pages = serializers.CharField(source="passage.pages_label")

    class Meta:
        model = KeyTerm
        fields = ("term", "definition", "pages")


class FigureSerializer(serializers.ModelSerializer[Figure]):
    """`picture` is the address of a WebP file, null for a formula that has none."""

    document = serializers.CharField(source="document.original_name")
    picture = serializers.SerializerMethodField()

    class Meta:
        model = Figure
        fields = (
            "id",
            "kind",
            "document",
            "page",
            "box",
            "number",
            "caption",
            "alternative_text",
            "words",
            "tex",
            "used",
            "width",
            "height",
            "picture",
        )

    def get_picture(self, figure: Figure) -> str | None:
        slug = figure.document.course.slug
        place = reverse("api-figures-picture", args=[slug, figure.pk])
        return f"{settings.PUBLIC_URL}{place}" if figure.file else None


class FigureEditSerializer(serializers.ModelSerializer[Figure]):
    class Meta:
        model = Figure
        fields = ("used", "caption", "alternative_text")


class LessonBlockSerializer(serializers.Serializer[LessonBlock]):
    """`answer` belongs to a question for learners, or is what is right of a misconception."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in BlockKind])
    text = serializers.CharField()
    answer = serializers.CharField(allow_blank=True)


class TopicSerializer(serializers.ModelSerializer[Topic]):
    """`content` is Markdown; `[^n]` in it refers to the citation at position n. `blocks` are the
    same text in its parts."""

    blocks = serializers.SerializerMethodField()
    objectives = serializers.SerializerMethodField(
        help_text="What learners can do after the lesson; `content` begins with them."
    )
    citations = CitationSerializer(many=True)
    key_terms = KeyTermSerializer(many=True)
    figures = serializers.SerializerMethodField(help_text="What the lesson shows, in its order.")

    class Meta:
        model = Topic
        fields = (
            "id",
            "title",
            "content",
            "objectives",
            "blocks",
            "status",
            "engine",
            "citations",
            "key_terms",
            "figures",
        )

    @extend_schema_field(FigureSerializer(many=True))
    def get_figures(self, topic: Topic) -> Any:
        return FigureSerializer(topic_figures(topic), many=True).data

    def get_objectives(self, topic: Topic) -> list[str]:
        return objectives_of(topic.content)

    @extend_schema_field(LessonBlockSerializer(many=True))
    def get_blocks(self, topic: Topic) -> list[dict[str, str]]:
        return [asdict(block) for block in lesson_blocks(topic.content)]


class CourseEditSerializer(serializers.ModelSerializer[Course]):
    class Meta:
        model = Course
        fields = (
            "title",
            "description",
            "audience",
            "prerequisites",
            "asks_drafts",
            "shows_pages",
        )


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
    """`pages` counts pages or slides; it is null for documents without any. A web page has an
    `address`."""

    name = serializers.CharField(source="original_name")
    format = serializers.ChoiceField(FORMATS)

    class Meta:
        model = SourceDocument
        fields = (
            "id",
            "position",
            "name",
            "address",
            "format",
            "pages",
            "bytes",
            "sha256",
            "language",
            "status",
            "warnings",
            "page_range",
            "reading",
            "uploaded_at",
        )


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """`page_from` and `page_to` count from 1, in pages, slides or paragraphs, as `unit` says;
    `pages` is the place in words, such as "page iv", "slide 7", or the section of its heading."""

    unit = serializers.ChoiceField([unit.value for unit in PlaceUnit])
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
            "unit",
            "pages",
            "heading_path",
            "text",
            "kind",
            "matter",
        )


class OutlinedTopicSerializer(serializers.Serializer[OutlinedTopic]):
    id = serializers.IntegerField()
    title = serializers.CharField(max_length=255)


class OutlinedModuleSerializer(serializers.Serializer[OutlinedModule]):
    id = serializers.IntegerField(allow_null=True, help_text="null for a new module.")
    title = serializers.CharField(max_length=255)
    summary = serializers.CharField(allow_blank=True)
    objectives = serializers.ListField(child=serializers.CharField(max_length=1000))
    topics = OutlinedTopicSerializer(many=True)


class OutlineSerializer(serializers.Serializer[dict[str, Any]]):
    """Modules and topics in their order. Topics that are not named are left out of the course."""

    modules = OutlinedModuleSerializer(many=True)

    def outlined(self) -> list[OutlinedModule]:
        """The outline of data that are valid."""
        return [
            OutlinedModule(
                **{**module, "topics": [OutlinedTopic(**topic) for topic in module["topics"]]}
            )
            for module in self.validated_data["modules"]
        ]


class EstimateSerializer(serializers.Serializer[Estimate]):
    """What writing will take; `cost` in US dollars is null where no price of the model is set."""

    pages = serializers.IntegerField()
    lessons = serializers.IntegerField()
    calls = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    minutes = serializers.IntegerField()


class OutlineShownSerializer(OutlineSerializer):
    """An outline that waits for a person, and what writing its lessons will take."""

    estimate = EstimateSerializer(allow_null=True)


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


class AnswerSourceSerializer(serializers.Serializer[dict[str, Any]]):
    """A passage that a written answer names."""

    position = serializers.IntegerField()
    document = serializers.CharField(source="passage.document.original_name")
    pages = serializers.CharField(source="passage.pages_label")
    text = serializers.CharField(source="passage.text")


class AnsweredSerializer(serializers.Serializer[dict[str, Any]]):
    """`answer` is Markdown in which `[^n]` names the citation at position n. It is empty without a
    language model, and `quotes` where a model answered. If both are, the material does not say.
    """

    question = serializers.CharField()
    answer = serializers.CharField(allow_blank=True)
    citations = AnswerSourceSerializer(many=True)
    notice = serializers.CharField(
        allow_blank=True, help_text="Why quotes are given instead of an answer."
    )
    quotes = QuoteSerializer(many=True)
