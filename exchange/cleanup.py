"""Finds files of imports to delete: uploads that were read, and reports without a row."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from courses.cleanup import unknown_files
from exchange.models import ImportRun
from jobs.cleanup import Waste

FOLDER = "imports"


def waste() -> Iterator[Waste]:
    # Files to keep: reports, and uploads that a job may still need.
    recent = Q(job__completed_at=None) | Q(
        job__completed_at__gte=timezone.now() - settings.CLEANUP_UPLOADS
    )
    uploads = ImportRun.objects.filter(recent, job__isnull=False)
    yield unknown_files(
        "uploads and reports of imports",
        FOLDER,
        {
            *uploads.values_list("file", flat=True),
            *ImportRun.objects.values_list("report", flat=True),
        },
    )
