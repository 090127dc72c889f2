"""What courses leave behind: files and search indexes whose course is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from courses.ingestion.index import collection_name
from courses.models import Course, DirectUpload, ImportRun, SourceDocument
from courses.uploads import FOLDER
from jobs.cleanup import Waste
from profai.ai import vectorstore

logger = logging.getLogger(__name__)

IMPORTS = "imports"


def waste() -> Iterator[Waste]:
    """Raises AIError if Chroma does not answer."""
    documents = set(SourceDocument.objects.values_list("file", flat=True))
    yield _files("uploaded files without a course", FOLDER, documents)
    yield _files("uploads and reports of imports", IMPORTS, _import_files())
    yield _announced(settings.CLEANUP_UPLOADS)
    yield _collections()


def _import_files() -> set[str]:
    """Reports, and uploads that a job may still need. They hold personal data."""
    recent = Q(job__completed_at=None) | Q(
        job__completed_at__gte=timezone.now() - settings.CLEANUP_UPLOADS
    )
    uploads = ImportRun.objects.filter(recent, job__isnull=False)
    return {
        *uploads.values_list("file", flat=True),
        *ImportRun.objects.values_list("report", flat=True),
    }


def _files(what: str, folder: str, known: set[str]) -> Waste:
    """Files that no row knows: of uploads that were cut off, of rows that are gone."""
    stored = [f"{folder}/{name}" for name in _stored_names(folder)]
    before = timezone.now() - settings.CLEANUP_UPLOADS
    found = [
        name
        for name in stored
        if name not in known and default_storage.get_modified_time(name) < before
    ]
    return Waste(what, found, partial(_delete_files, found))


def _announced(age: timedelta) -> Waste:
    """What came of them is in a document's row or was taken away as a file without one."""
    old = DirectUpload.objects.filter(created_at__lt=timezone.now() - age)
    return Waste("announced uploads of long ago", [row.file for row in old], old.delete)


def _stored_names(folder: str) -> list[str]:
    try:
        return default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


def _delete_files(names: list[str]) -> None:
    for name in names:
        # A file that became known while we looked is no waste.
        if not SourceDocument.objects.filter(file=name).exists():
            default_storage.delete(name)


def _collections() -> Waste:
    # The collections are read first: a course that is made meanwhile is known by its row.
    there = vectorstore.collection_sizes()
    wanted = {collection_name(pk) for pk in Course.objects.values_list("pk", flat=True)}
    prefix = collection_name(0).removesuffix("0")
    found = sorted(name for name in there if name.startswith(prefix) and name not in wanted)
    return Waste("search indexes without a course", found, partial(_delete_collections, found))


def _delete_collections(names: list[str]) -> None:
    for name in names:
        vectorstore.delete_collection(name)
