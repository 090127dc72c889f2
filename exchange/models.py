"""Imports, and where each imported row came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models import one_of


class ImportedKind(models.TextChoices):
    COURSE = "course"
    QUIZ = "quiz"
    SUBMISSION = "submission"
    LEARNER = "learner"
    # A course that we create for quizzes whose course is unknown.
    HOLDING = "holding"
    # A course from a file that another ProfAI exported.
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
        # The model was in the app `courses` when the table was created.
        db_table = "courses_importedrow"
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
        db_table = "courses_importrun"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.original_name
