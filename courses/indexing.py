"""A course's passages in its Chroma collection, and hybrid search over them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from common.outside_calls import OutsideBusyError, outside_call
from courses.engines import index_embedder, vector_store
from courses.models import Course, DocumentStatus, Passage, SourceDocument
from engine.llm.errors import AIError
from engine.search.vectorstore import OutdatedIndexError
from jobs.models import OPEN_JOB

logger = logging.getLogger(__name__)


def collection_name(course_id: int) -> str:
    return f"course-{course_id}"


def drop_index(course_id: int) -> None:
    """Deletes a course's collection. If Chroma does not answer now, the daily clean-up
    deletes it.
    """
    try:
        with outside_call() as seconds:
            vector_store().delete_collection(collection_name(course_id), seconds=seconds)
    except (AIError, OutsideBusyError) as error:
        logger.warning("The index of course %s was left behind: %s", course_id, error)


def lock_nothing() -> None:
    """Does nothing. For callers that are no step of a job."""


def index_document(
    document: SourceDocument, *, lock_rows: Callable[[], None] = lock_nothing
) -> int:
    """Stores the vectors of a document's passages and returns how many there are. It may be called
    again.

    If another embedding model or an earlier release made the course's index, the index of the whole
    course is made again. `lock_rows` is called in the transaction that records what was indexed; it
    raises an error if the course was deleted or another worker has the step.
    """
    model = index_embedder().name
    others = document.course.documents.exclude(index_model="").exclude(index_model=model)
    if others.exists():
        return index_course(document.course, lock_rows=lock_rows)
    try:
        count = _store(document, model)
    except OutdatedIndexError:
        return index_course(document.course, lock_rows=lock_rows)
    _mark(document, model, lock_rows)
    return count


def unindexed_courses() -> QuerySet[Course]:
    """Returns courses with passages that are not in the index. Leaves out courses that a job works
    on.
    """
    passages = Passage.objects.filter(document__course=OuterRef("pk"), document__index_model="")
    return Course.objects.filter(Exists(passages)).exclude(job__status__in=OPEN_JOB).order_by("pk")


def forget_indexes() -> None:
    """Records that nothing is indexed, because Chroma's data is new or from another time."""
    SourceDocument.objects.exclude(index_model="").update(index_model="")


def index_course(course: Course, *, lock_rows: Callable[[], None] = lock_nothing) -> int:
    """Builds a course's collection from its passages in the database."""
    vector_store().delete_collection(collection_name(course.pk))
    model, count = index_embedder().name, 0
    for document in course.documents.all():
        count += _store(document, model)
        _mark(document, model, lock_rows)
    return count


def _store(document: SourceDocument, model: str) -> int:
    rows = list(document.passages.values_list("pk", "heading_path", "text"))
    documents = SourceDocument.objects.filter(course=document.course_id)
    vector_store().replace_group(
        collection_name(document.course_id),
        model=model,
        group=str(document.pk),
        groups=[str(pk) for pk in documents.values_list("pk", flat=True)],
        ids=[str(pk) for pk, _, _ in rows],
        vectors=index_embedder().embed([indexed_text(path, text) for _, path, text in rows]),
    )
    return len(rows)


@transaction.atomic
def _mark(document: SourceDocument, model: str, lock_rows: Callable[[], None]) -> None:
    lock_rows()
    SourceDocument.objects.filter(pk=document.pk).update(
        index_model=model, status=DocumentStatus.INDEXED
    )


def indexed_text(heading_path: Sequence[str], text: str) -> str:
    """Returns the text that is embedded for a passage. It includes the headings, because they say
    what the passage is about.
    """
    return "\n".join([*heading_path[-2:], text])
