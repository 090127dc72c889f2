"""Courses and the documents that they were made from."""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.text import slugify

from engine.lessons.schemas import (
    CheckedBy,
    ClaimPlace,
    CourseLevel,
    LessonLength,
    Verdict,
    Wishes,
)
from engine.reading.document import DocumentPart, PassageKind, PlaceUnit, place_words
from engine.reading.formats.kinds import KINDS, Format, format_by_name
from jobs.models import PaidWork


class CourseStatus(models.TextChoices):
    GENERATING = "generating"
    # Planned; the writing starts once a person has read the plan.
    OUTLINED = "outlined"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class DocumentStatus(models.TextChoices):
    UPLOADED = "uploaded"
    EXTRACTED = "extracted"
    INDEXED = "indexed"
    REJECTED = "rejected"


class TopicStatus(models.TextChoices):
    PENDING = "pending"
    WRITTEN = "written"
    EDITED = "edited"
    APPROVED = "approved"


def one_of(field: str, values: list[str], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)


class CourseLevels(models.TextChoices):
    BEGINNER = CourseLevel.BEGINNER, "beginners"
    INTERMEDIATE = CourseLevel.INTERMEDIATE, "know the basics"
    ADVANCED = CourseLevel.ADVANCED, "advanced"


class LessonLengths(models.TextChoices):
    SHORT = LessonLength.SHORT, "short (some 2 minutes to read)"
    STANDARD = LessonLength.STANDARD, "standard (some 4 minutes)"
    LONG = LessonLength.LONG, "long (some 7 minutes)"


class Course(PaidWork):
    """A course and who answers for it.

    `level`, `length`, `wanted_modules` (0: as many as fit) and `focus` are what staff asked for
    before it was made; `audience` and `prerequisites` too, unless the outline gave them. With
    `reviews_outline` the writing waits until a person has seen the outline.

    `language` is what it is written in, `source_language` that of most of its documents.
    `asks_drafts` is set for a course that is used before anybody has read its questions: learners
    are then asked those too that no person has approved, and are told so. `shows_pages` lets them
    see the pages that lessons cite. A course that `adds_to` another holds what was made of
    documents that came later, until a person decides; learners never see it.
    `engine` and `model` say what wrote it; `notes` are the engine's words for staff. What its jobs
    used of paid services is added up here as well: it stays when the jobs are cleaned up.
    """

    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True)
    status = models.CharField(
        max_length=20,
        choices=CourseStatus.choices,
        default=CourseStatus.GENERATING,
        db_index=True,
    )
    language = models.CharField(max_length=10, default="en")
    source_language = models.CharField(max_length=10, blank=True)
    engine = models.CharField(max_length=50, blank=True)
    model = models.CharField(max_length=100, blank=True)
    notes = ArrayField(models.TextField(), default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="courses",
    )
    job = models.ForeignKey(
        "jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # False by the database: the release before makes rows meanwhile.
    asks_drafts = models.BooleanField(
        "ask unread questions",
        default=False,
        db_default=False,
        help_text="Learners are asked drafts too, and are told that nobody has read them.",
    )
    shows_pages = models.BooleanField(
        "learners may see pictures of the source's pages",
        default=True,
        db_default=True,
        help_text="Of the pages that lessons cite, with the quoted words marked.",
    )
    audience = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Whom the course is for."
    )
    prerequisites = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="What learners have to know before.",
    )
    level = models.CharField(
        max_length=20, choices=CourseLevels.choices, blank=True, default="", db_default=""
    )
    length = models.CharField(
        "length of lessons",
        max_length=20,
        choices=LessonLengths.choices,
        blank=True,
        default="",
        db_default="",
    )
    wanted_modules = models.PositiveSmallIntegerField(
        "modules", default=0, db_default=0, help_text="0: as many as fit the material."
    )
    focus = models.TextField("what matters most", blank=True, default="", db_default="")
    reviews_outline = models.BooleanField(
        "show me the outline first",
        default=False,
        db_default=False,
        help_text="Lessons are written once you have seen the outline and said so.",
    )
    adds_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="additions",
        help_text="The course that this one's lessons are made for: see courses.additions.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="course_latest")]
        permissions = [
            ("manage_all_courses", "Can see and change the courses of other people"),
            ("publish_course", "Can publish a course"),
        ]
        constraints = [
            one_of("status", CourseStatus.values, "course_status_is_known"),
            models.CheckConstraint(
                condition=~Q(status=CourseStatus.PUBLISHED) | Q(published_at__isnull=False),
                name="course_published_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(adds_to=None) | ~Q(status=CourseStatus.PUBLISHED),
                name="course_addition_is_not_published",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.slug:
            super().save(*args, **kwargs)
            return
        self.slug = unique_slug(self.title)
        try:
            with transaction.atomic():
                super().save(*args, **kwargs)
        except IntegrityError:
            # Somebody else took the name between our look and our writing.
            self.slug = f"{self.slug[:70]}-{token_hex(4)}"
            super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("course-detail", args=[self.slug])

    @property
    def wishes(self) -> Wishes:
        return Wishes(
            audience=self.audience,
            prerequisites=self.prerequisites,
            level=CourseLevel(self.level) if self.level else None,
            length=LessonLength(self.length) if self.length else None,
            modules=self.wanted_modules,
            focus=self.focus,
        )


def unique_slug(title: str) -> str:
    """Returns a free slug for `title`; titles without a Latin letter become "course"."""
    base = slugify(title)[:70].strip("-") or "course"
    taken = set(Course.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


class CourseOutline(Course):
    """A course seen as its modules and topics in their order, which have versions of their own."""

    class Meta:
        proxy = True


class RevisionKind(models.TextChoices):
    """What is kept in versions. `quizzes` registers how its kinds are read and written."""

    COURSE = "course"
    OUTLINE = "outline"
    MODULE = "module"
    TOPIC = "topic"
    QUIZ = "quiz"
    QUESTION = "question"


class RevisionState(models.TextChoices):
    VERSION = "version"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Revision(models.Model):
    """A version of a text as it stood after a change, or a proposal that stands beside it.

    `row` is the primary key of what it is a version of, which may be deleted by now: its texts
    stay here as long as the course does. `content` is as `courses.revisions` writes it. `author`
    is null for what a program wrote; `engine` and `model` then say which. `reason` holds why it
    was changed, in the words of who changed it: an instruction, a reason to reject.
    `started_from` names the version of the text that a proposal was made for.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="revisions")
    kind = models.CharField(max_length=20, choices=RevisionKind.choices)
    row = models.BigIntegerField()
    state = models.CharField(
        max_length=20, choices=RevisionState.choices, default=RevisionState.VERSION
    )
    action = models.CharField(max_length=60)
    reason = models.TextField(blank=True)
    content = models.JSONField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    engine = models.CharField(max_length=50, blank=True)
    model = models.CharField(max_length=100, blank=True)
    # By the database: the release before makes rows meanwhile.
    started_from = models.CharField(max_length=16, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            one_of("kind", RevisionKind.values, "revision_kind_is_known"),
            one_of("state", RevisionState.values, "revision_state_is_known"),
            models.UniqueConstraint(
                fields=["kind", "row"],
                condition=Q(state=RevisionState.PROPOSED),
                name="one_open_proposal",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "row", "-id"], name="revision_of_row"),
            models.Index(
                fields=["course"], name="revision_proposed", condition=Q(state="proposed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.row}: {self.action}"


class UnsavedText(models.Model):
    """What somebody is typing into a form of the review desk, kept until it is saved.

    `version` names the version that the form was opened with.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=RevisionKind.choices)
    row = models.BigIntegerField()
    version = models.CharField(max_length=16)
    fields = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "kind", "row"], name="one_unsaved_text"),
            one_of("kind", RevisionKind.values, "unsaved_text_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.get_kind_display()} {self.row}"


class SourceDocument(models.Model):
    """A document as it was uploaded, or a web page. The same bytes stand in a course once.

    A page has an `address`; until it is fetched it has no file, and the SHA-256 is that of its
    address. `pages` counts pages or slides and is null for documents without any.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="documents")
    position = models.PositiveIntegerField()
    file = models.FileField(upload_to="documents/%Y/%m/", max_length=255)
    original_name = models.CharField(max_length=150)
    # By the database: the release before makes rows meanwhile.
    address = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Of the web page that it was fetched from.",
    )
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    pages = models.PositiveIntegerField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    status = models.CharField(
        max_length=20, choices=DocumentStatus.choices, default=DocumentStatus.UPLOADED
    )
    warnings = ArrayField(models.TextField(), default=list, blank=True)
    page_range = models.CharField(
        "pages to use",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Such as 3-40, 52, counted from the file's first page; empty: all.",
    )
    reading = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="How it was read, see engine.reading.report.summary.",
    )
    index_model = models.CharField(max_length=100, blank=True)
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["course", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "sha256"],
                name="document_once_in_course",
                violation_error_message="This file is in the course already.",
            ),
            models.UniqueConstraint(fields=["course", "position"], name="document_position"),
            one_of("status", DocumentStatus.values, "document_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def format(self) -> Format:
        """Returns the format by the stored file's name; by the document's own name if it has no
        file."""
        named = format_by_name(self.file.name or "") or format_by_name(self.original_name)
        return named or (Format.HTML if self.address else Format.PDF)

    @property
    def format_name(self) -> str:
        return KINDS[self.format].name

    @property
    def has_page_pictures(self) -> bool:
        """Whether its pages can be drawn: only those of PDFs, while the file is kept."""
        return bool(self.file) and self.format is Format.PDF


class StoredVectors(models.Model):
    """The vectors of a document's passages, if they are kept in PostgreSQL (`courses.vectors`).

    Nothing refers to a course: whoever deletes one drops its collection, wherever that is.
    """

    collection = models.CharField(max_length=100)
    group = models.CharField(max_length=100)
    model = models.CharField(max_length=200)
    ids = ArrayField(models.CharField(max_length=100))
    count = models.PositiveIntegerField()
    vectors = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "group"], name="vectors_of_a_group")
        ]

    def __str__(self) -> str:
        return f"{self.collection}, {self.group}"


class Passage(models.Model):
    """A stretch of a document's text; what is written and asked is cited to passages.

    `unit` says what `page_from`, `page_to` and the labels count.
    """

    document = models.ForeignKey(SourceDocument, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    page_from = models.PositiveIntegerField()
    page_to = models.PositiveIntegerField()
    label_from = models.CharField(max_length=20)
    label_to = models.CharField(max_length=20)
    heading_path = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    text = models.TextField()
    kind = models.CharField(max_length=20, default=PassageKind.PROSE)
    matter = models.CharField(max_length=20, default=DocumentPart.BODY)
    places = ArrayField(
        models.IntegerField(),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="Where its lines stand on their pages, as engine.reading.spots packs them.",
    )
    unit = models.CharField(max_length=10, default=PlaceUnit.PAGE, db_default=PlaceUnit.PAGE)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="passage_position"),
            models.CheckConstraint(
                condition=Q(page_from__gte=1, page_to__gte=F("page_from")), name="passage_pages"
            ),
            one_of("kind", [kind.value for kind in PassageKind], "passage_kind_is_known"),
            one_of("matter", [matter.value for matter in DocumentPart], "passage_matter_is_known"),
            one_of("unit", [unit.value for unit in PlaceUnit], "passage_unit_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document}, {self.pages_label}"

    @property
    def pages_label(self) -> str:
        """Where it stands, in words: "pages 3\u20134", "slide 7", or the section of its heading."""
        return place_words(self.unit, self.label_from, self.label_to, self.heading_path)


class FigureKind(models.TextChoices):
    FIGURE = "figure"
    FORMULA = "formula"


class Figure(models.Model):
    """A picture, drawing or formula of a document; lessons that cite its passages show it.

    `box` is in ten thousandths of the page, from its upper left corner. `words` are what stands in
    it; `alternative_text` is for people who cannot see it. `tex` is a formula that was read for
    certain, and has no picture.
    """

    document = models.ForeignKey(SourceDocument, on_delete=models.CASCADE, related_name="figures")
    position = models.PositiveIntegerField()
    kind = models.CharField(
        max_length=20, choices=FigureKind.choices, default=FigureKind.FIGURE, editable=False
    )
    page = models.PositiveIntegerField()
    box = ArrayField(models.PositiveIntegerField(), size=4)
    number = models.CharField(max_length=20, blank=True)
    caption = models.TextField(blank=True)
    alternative_text = models.TextField(
        blank=True, help_text="For people who cannot see it; if empty, the words in it are read."
    )
    words = models.TextField(blank=True)
    tex = models.TextField(blank=True)
    file = models.FileField(upload_to="figures", max_length=255, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    used = models.BooleanField(
        "use", default=True, help_text="Show it in the lessons that cite what it belongs to."
    )
    passages = models.ManyToManyField(Passage, related_name="figures", blank=True)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="figure_position"),
            models.CheckConstraint(condition=Q(page__gte=1), name="figure_page_from_1"),
            one_of("kind", FigureKind.values, "figure_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.caption or f"{self.get_kind_display()} on page {self.page}"

    @property
    def described(self) -> str:
        """Returns the text that is read to people who cannot see the figure."""
        if self.alternative_text:
            return self.alternative_text
        words = f" Words in it: {self.words}" if self.words else ""
        # The caption is read where it stands, below the picture.
        return f"{self.get_kind_display()} {self.number or f'on page {self.page}'}.{words}"


class DirectUpload(models.Model):
    """A file that its owner sends to the object store itself, past the web server.

    It becomes a course's document once a course is asked for with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="direct_uploads"
    )
    name = models.CharField(max_length=255)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=100, unique=True, help_text="Its name in the store.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Module(models.Model):
    """A week of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    position = models.PositiveIntegerField("week")
    title = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    objectives = ArrayField(models.TextField(), default=list, blank=True)
    # The Bloom levels of the objectives, one for each; "" where nobody gave one.
    levels = ArrayField(
        models.CharField(max_length=20, blank=True),
        default=list,
        db_default=models.Value([], ArrayField(models.CharField(max_length=20))),
        blank=True,
    )

    class Meta:
        ordering = ["course", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "position"],
                name="module_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="module_position_from_1"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def levelled_objectives(self) -> list[tuple[str, str]]:
        """The objectives with their Bloom levels."""
        levels = [*self.levels, *[""] * len(self.objectives)]
        return list(zip(self.objectives, levels, strict=False))


# PostgreSQL indexes at most a megabyte of a text; words of four bytes, each in two forms, fit.
SEARCHED_LETTERS = 60_000


def searched_words() -> Any:
    """Returns the words that a search looks at: words as they are written, and the base forms of
    English ones.

    The database index is for exactly this expression; a search by another one would read every
    lesson.
    """
    content = Left("content", SEARCHED_LETTERS)
    return (
        SearchVector("title", config="simple", weight="A")
        + SearchVector("title", config="english", weight="A")
        + SearchVector(content, config="simple", weight="C")
        + SearchVector(content, config="english", weight="C")
    )


class Topic(models.Model):
    """A lesson. `sources` are the passages it was planned from, cited or not; `supplements` the
    exercises and the glossary that go with it, which are neither taught nor asked about.

    `refused` is the beginning of the model's last answer, where none could be used. `flags` are
    words for reviewers; `dropped_citations` counts citations that named nothing that the engine
    was handed. `statements` is kept for course files of the first release.

    In `content`, Markdown in blocks (`engine.lessons.blocks`), `[^n]` refers to the topic's
    citation at position n.
    """

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="topics")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True)
    status = models.CharField(
        max_length=20, choices=TopicStatus.choices, default=TopicStatus.PENDING
    )
    engine = models.CharField(max_length=50, blank=True)
    sources = models.ManyToManyField(Passage, related_name="topics", blank=True)
    supplements = models.ManyToManyField(Passage, related_name="+", blank=True)
    statements = models.JSONField(default=list, blank=True)
    refused = models.TextField(blank=True, default="", db_default="")
    flags = ArrayField(models.TextField(), default=list, blank=True)
    dropped_citations = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["module", "position"]
        indexes = [GinIndex(searched_words(), name="topic_searched")]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "position"],
                name="topic_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="topic_position_from_1"),
            one_of("status", TopicStatus.values, "topic_status_is_known"),
            models.CheckConstraint(
                condition=Q(status=TopicStatus.PENDING) | ~Q(content=""),
                name="topic_written_has_content",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AddedTopic(models.Model):
    """Where a lesson of an addition is meant to go: to the end of the lesson that it `joins`, or
    into the course as a lesson of its own.

    `accepted_at` is set where a person has accepted it for a published course: learners see it once
    the changes are published.
    """

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="added")
    joins = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["topic"]

    def __str__(self) -> str:
        return str(self.topic)


class Citation(models.Model):
    """The words of a passage that a topic rests on.

    `support` is deprecated: it told nothing of the truth, and is 1 for all that is new.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="citations")
    position = models.PositiveIntegerField()
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="citations")
    quote = models.TextField()
    support = models.FloatField(default=1.0, db_default=1.0)

    class Meta:
        ordering = ["topic", "position"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "position"], name="citation_position"),
            models.CheckConstraint(
                condition=Q(support__gte=0, support__lte=1), name="citation_support_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.position}] {self.passage}"


class AnsweredQuestion(PaidWork):
    """An answer that a model wrote for a person who asked a course: what it cost, not its words.

    Kept for a month, for limits and for staff who look at costs.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="answered_questions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="answered_questions"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Answer of {self.created_at:%Y-%m-%d %H:%M}"


class ClaimPlaces(models.TextChoices):
    SENTENCE = ClaimPlace.SENTENCE
    CELL = ClaimPlace.CELL, "table row"
    TERM = ClaimPlace.TERM, "key term"
    SUMMARY = ClaimPlace.SUMMARY


class Verdicts(models.TextChoices):
    STATED = Verdict.STATED
    DERIVED = Verdict.DERIVED
    NOT_IN_SOURCE = Verdict.NOT_IN_SOURCE, "not in the source"
    CONTRADICTED = Verdict.CONTRADICTED
    NOT_CHECKED = Verdict.NOT_CHECKED


class Checkers(models.TextChoices):
    RULES = CheckedBy.RULES
    CRITIC = CheckedBy.CRITIC
    PERSON = CheckedBy.PERSON


class Claim(models.Model):
    """What a topic says at one place, and whether its sources say it too.

    `citations` are the positions of the topic's citations that it names, `evidence` is the
    sentence of the source nearest to it, `doubt` runs from 0 to 1, and `reason` tells staff why
    there is doubt, or how a claim follows.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="claims")
    position = models.PositiveIntegerField()
    place = models.CharField(max_length=20, choices=ClaimPlaces.choices)
    text = models.TextField()
    citations = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    verdict = models.CharField(
        max_length=20, choices=Verdicts.choices, default=Verdicts.NOT_CHECKED
    )
    evidence = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    doubt = models.FloatField(default=0)
    checked_by = models.CharField(max_length=20, choices=Checkers.choices, default=Checkers.RULES)
    checked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["topic", "position"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "position"], name="claim_position"),
            one_of("place", ClaimPlaces.values, "claim_place_is_known"),
            one_of("verdict", Verdicts.values, "claim_verdict_is_known"),
            one_of("checked_by", Checkers.values, "claim_checker_is_known"),
            models.CheckConstraint(
                condition=Q(doubt__gte=0, doubt__lte=1), name="claim_doubt_0_to_1"
            ),
        ]
        indexes = [
            models.Index(
                fields=["topic"],
                name="claim_doubted",
                condition=Q(verdict__in=["not_in_source", "contradicted"]),
            )
        ]

    def __str__(self) -> str:
        return self.text


class KeyTerm(models.Model):
    """A term of a topic with the sentence of the source that explains it."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="key_terms")
    term = models.CharField(max_length=200)
    definition = models.TextField()
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["topic", "term"]
        constraints = [models.UniqueConstraint(fields=["topic", "term"], name="key_term_in_topic")]

    def __str__(self) -> str:
        return self.term


class Reading(models.Model):
    """When a learner last opened a lesson, and when they marked it as read."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="readings")
    opened_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "topic"], name="reading_once"),
        ]
        indexes = [models.Index(fields=["learner", "-opened_at"], name="reading_latest")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.topic}"


class Note(models.Model):
    """A learner's own words at a lesson, or at the passage of it that begins with `quote`.

    Without words it is a bookmark. Nobody else sees it, staff neither.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes"
    )
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="notes")
    quote = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "topic", "quote"],
                condition=Q(text=""),
                name="bookmark_once",
            )
        ]
        indexes = [models.Index(fields=["learner", "topic"], name="note_of_learner")]

    def __str__(self) -> str:
        return self.text or self.quote or str(self.topic)
