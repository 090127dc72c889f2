"""What courses leave behind: files and search indexes whose course is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from courses.engines import vector_store
from courses.figures import FOLDER as FIGURES
from courses.indexing import collection_name
from courses.models import AnsweredQuestion, Course, DirectUpload, Figure, SourceDocument
from courses.page_pictures import FOLDER as PAGES
from courses.uploads import FOLDER
from jobs.cleanup import Waste

logger = logging.getLogger(__name__)

KEPT_ANSWERS = timedelta(days=31)


def waste() -> Iterator[Waste]:
    """Raises AIError if Chroma does not answer."""
    documents = set(SourceDocument.objects.values_list("file", flat=True))
    yield unknown_files("uploaded files without a course", FOLDER, documents)
    figures = set(Figure.objects.exclude(file="").values_list("file", flat=True))
    yield unknown_files("pictures of figures without a course", FIGURES, figures)
    yield _old_pictures(settings.CLEANUP_PAGES)
    # What came of them is in a document's row or was taken away as a file without one.
    old = DirectUpload.objects.filter(created_at__lt=timezone.now() - settings.CLEANUP_UPLOADS)
    yield Waste("announced uploads of long ago", [row.file for row in old], old.delete)
    # The collections are read first: a course that is made meanwhile is known by its row.
    there = vector_store().collection_names()
    wanted = {collection_name(pk) for pk in Course.objects.values_list("pk", flat=True)}
    prefix = collection_name(0).removesuffix("0")
    found = sorted(name for name in there if name.startswith(prefix) and name not in wanted)
    yield Waste("search indexes without a course", found, partial(_delete_collections, found))
    # What was counted for limits and costs of learners' questions, once nobody looks at it.
    answers = AnsweredQuestion.objects.filter(created_at__lt=timezone.now() - KEPT_ANSWERS)
    names = [str(answer) for answer in answers]
    yield Waste("counts of learners' questions", names, lambda: answers.delete()[0])


def unknown_files(what: str, folder: str, known: set[str]) -> Waste:
    """Returns files that no row names: from uploads that were interrupted, or from deleted rows."""
    stored = [f"{folder}/{name}" for name in _listed(folder)[1]]
    before = timezone.now() - settings.CLEANUP_UPLOADS
    found = [
        name
        for name in stored
        if name not in known and default_storage.get_modified_time(name) < before
    ]
    return Waste(what, found, partial(_delete_files, found))


def _old_pictures(age: timedelta) -> Waste:
    """Returns pictures of pages that are old. They are drawn again when somebody looks at them."""
    before = timezone.now() - age
    found = [
        f"{PAGES}/{folder}/{name}"
        for folder in _listed(PAGES)[0]
        for name in _listed(f"{PAGES}/{folder}")[1]
        if default_storage.get_modified_time(f"{PAGES}/{folder}/{name}") < before
    ]
    return Waste("old pictures of pages", found, partial(_delete_pictures, found))


def _delete_pictures(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _delete_files(names: list[str]) -> None:
    for name in names:
        # A file that became known while we looked is no waste.
        known = SourceDocument.objects.filter(file=name), Figure.objects.filter(file=name)
        if not any(rows.exists() for rows in known):
            default_storage.delete(name)


def _delete_collections(names: list[str]) -> None:
    for name in names:
        vector_store().delete_collection(name)
