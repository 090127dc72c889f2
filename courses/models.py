"""Courses and the documents that they were made from."""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify

from courses.ingestion.document import Matter, PassageKind


class CourseStatus(models.TextChoices):
    GENERATING = "generating"
    DRAFT = "draft"
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


class Course(models.Model):
    """A course and who answers for it.

    `language` is what it is written in, `source_language` that of most of its documents.
    `engine` and `model` say what wrote it; `notes` are the engine's words for staff.
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
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
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


def unique_slug(title: str) -> str:
    """A free slug for `title`; titles without a Latin letter become "course"."""
    base = slugify(title)[:70].strip("-") or "course"
    taken = set(Course.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


class SourceDocument(models.Model):
    """A PDF as it was uploaded. The same bytes stand in a course once."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="documents")
    position = models.PositiveIntegerField()
    file = models.FileField(upload_to="documents/%Y/%m/", max_length=255)
    original_name = models.CharField(max_length=150)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    pages = models.PositiveIntegerField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    status = models.CharField(
        max_length=20, choices=DocumentStatus.choices, default=DocumentStatus.UPLOADED
    )
    warnings = ArrayField(models.TextField(), default=list, blank=True)
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


class Passage(models.Model):
    """A stretch of a document's text; what is written and asked is cited to passages."""

    document = models.ForeignKey(SourceDocument, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    page_from = models.PositiveIntegerField()
    page_to = models.PositiveIntegerField()
    label_from = models.CharField(max_length=20)
    label_to = models.CharField(max_length=20)
    heading_path = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    text = models.TextField()
    kind = models.CharField(max_length=20, default=PassageKind.PROSE)
    matter = models.CharField(max_length=20, default=Matter.BODY)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="passage_position"),
            models.CheckConstraint(
                condition=Q(page_from__gte=1, page_to__gte=F("page_from")), name="passage_pages"
            ),
            one_of("kind", [kind.value for kind in PassageKind], "passage_kind_is_known"),
            one_of("matter", [matter.value for matter in Matter], "passage_matter_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document}, {self.pages_label}"

    @property
    def pages_label(self) -> str:
        if self.label_from == self.label_to:
            return f"page {self.label_from}"
        return f"pages {self.label_from}\u2013{self.label_to}"


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
    request_key = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "request_key"],
                condition=~Q(request_key=""),
                name="direct_upload_request_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Module(models.Model):
    """A week of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    position = models.PositiveIntegerField("week")
    title = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    objectives = ArrayField(models.TextField(), default=list, blank=True)

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


class Topic(models.Model):
    """A lesson. `sources` are the passages it was planned from, cited or not.

    `statements` are its sentences as the engine left them, each with `text`, `citations` and
    `support`; `flags` are words for reviewers; `dropped_citations` counts citations that named
    nothing that the engine was handed.

    In `content`, Markdown, `[^n]` refers to the topic's citation at position n.
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
    statements = models.JSONField(default=list, blank=True)
    flags = ArrayField(models.TextField(), default=list, blank=True)
    dropped_citations = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["module", "position"]
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


class Citation(models.Model):
    """The words of a passage that a topic rests on, and how well they carry it (0 to 1)."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="citations")
    position = models.PositiveIntegerField()
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="citations")
    quote = models.TextField()
    support = models.FloatField()

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


class ImportedKind(models.TextChoices):
    COURSE = "course"
    QUIZ = "quiz"
    SUBMISSION = "submission"
    LEARNER = "learner"
    # A course of ours, for quizzes that have no place in a course of theirs.
    HOLDING = "holding"
    # A course out of a file that an installation like this one exported.
    EXPORT = "export"


class ImportedRow(models.Model):
    """Where a row came from that was imported from an old installation's files.

    `source` names the installation, `key` the record in it, `row` our row's primary key.
    `content_hash` is that of the record in `file`. `parts` are what belongs to the record, by a
    key of their own: [primary key, hash of the row as the import left it], and for questions
    what was asked. A row whose hash differs was edited here, and is not written again.
    """

    source = models.CharField(max_length=50, blank=True)
    kind = models.CharField(max_length=20, choices=ImportedKind.choices)
    key = models.CharField(max_length=255)
    file = models.CharField(max_length=500)
    place = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64)
    row = models.CharField(max_length=36)
    parts = models.JSONField(default=dict, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["source", "kind", "key"]
        permissions = [
            ("import_data", "Can import the data of an old installation"),
            ("merge_learners", "Can merge imported learners into accounts"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "key"], name="imported_once"),
            one_of("kind", ImportedKind.values, "imported_kind_is_known"),
        ]
        indexes = [models.Index(fields=["kind", "row"], name="imported_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ImportRun(models.Model):
    """An uploaded data set, and what became of it.

    `counts` is the report's table by kind; `report` is the whole report, a JSON file.
    """

    file = models.FileField(upload_to="imports/", max_length=255, blank=True)
    original_name = models.CharField(max_length=150)
    source = models.CharField(max_length=50, blank=True)
    dry_run = models.BooleanField(default=False)
    job = models.OneToOneField(
        "jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    counts = models.JSONField(default=dict, blank=True)
    report = models.FileField(upload_to="imports/", max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.original_name
