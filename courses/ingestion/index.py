"""A course's passages in its Chroma collection, and hybrid search over them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from courses.models import Course, DocumentStatus, SourceDocument
from profai.ai import vectorstore
from profai.ai.errors import AIError
from profai.ai.indexing import index_embedder

logger = logging.getLogger(__name__)


def collection_name(course_id: int) -> str:
    return f"course-{course_id}"


def drop_index(course_id: int) -> None:
    """Delete a course's collection. One that Chroma keeps now goes with the daily clean-up."""
    try:
        vectorstore.delete_collection(collection_name(course_id))
    except AIError as error:
        logger.warning("The index of course %s was left behind: %s", course_id, error)


def index_document(document: SourceDocument) -> int:
    """Store the vectors of a document's passages; return how many. Doing it again is harmless.

    Where another embedding model made the course's index, the whole course is indexed anew.
    """
    model = index_embedder().name
    others = document.course.documents.exclude(index_model="").exclude(index_model=model)
    if others.exists():
        return index_course(document.course)
    count = _store(document, model)
    _mark(document, model)
    return count


def index_course(course: Course) -> int:
    """Build a course's collection from its passages in the database."""
    vectorstore.delete_collection(collection_name(course.pk))
    model, count = index_embedder().name, 0
    for document in course.documents.all():
        count += _store(document, model)
        _mark(document, model)
    return count


def _store(document: SourceDocument, model: str) -> int:
    rows = list(document.passages.values_list("pk", "heading_path", "text"))
    vectorstore.upsert(
        collection_name(document.course_id),
        model=model,
        ids=[str(pk) for pk, _, _ in rows],
        vectors=index_embedder().embed([indexed_text(path, text) for _, path, text in rows]),
        group=str(document.pk),
    )
    return len(rows)


def _mark(document: SourceDocument, model: str) -> None:
    document.index_model, document.status = model, DocumentStatus.INDEXED
    document.save(update_fields=["index_model", "status"])


def indexed_text(heading_path: Sequence[str], text: str) -> str:
    """What is embedded for a passage: its headings tell what its words are about."""
    return "\n".join([*heading_path[-2:], text])
