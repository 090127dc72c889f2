"""Documents that are added to a course later.

A second course is made of them, the *addition*. Staff read, change and approve its lessons as in
any other course; learners never see it. A document that cannot be read therefore changes nothing in
the first course. Each lesson of an addition has a place in the first course where it is meant to
go: as a separate lesson, or at the end of a lesson on the same subject. `quizzes.additions` moves
accepted lessons there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db.models import QuerySet

from courses.engines import EXTRACTIVE
from courses.models import AddedTopic, Course, SourceDocument, Topic
from courses.services import CourseRequest, request_course, title_from_name
from engine.language.sentences import split_sentences
from engine.language.words import content_lemmas, normalise

# A new lesson goes to the end of another if they share at least this part of the words of their
# titles, or this part of their key terms and at least MIN_TERMS of them.
SAME_TITLE = 0.6
SAME_TERMS = 0.5
MIN_TERMS = 2
# A document repeats another if at least this part of its sentences is in the other one.
REPEATED = 0.8
MAX_SENTENCES = 20_000  # of one document that are compared


def request_addition(
    course: Course,
    *,
    files: Iterable[File[bytes]] = (),
    sent: Collection[UUID] = (),
    addresses: Iterable[str] = (),
    pages: Sequence[str] = (),
    requested_by: Any = None,
    key: str = "",
) -> CourseRequest:
    """Queues the job that makes an addition to the course from documents or web pages.

    Raises CourseStateError for a course that nothing can be added to now, DocumentRejectedError for
    documents that cannot be read or that are in the course already.
    """
    files, addresses = list(files), list(addresses)
    names = [title_from_name(file.name or "") for file in files] or [*addresses, "documents"]
    return request_course(
        files=files,
        sent=sent,
        addresses=addresses,
        pages=pages,
        title=f"{names[0][:100]}, added to {course.title}"[:255],
        requested_by=requested_by,
        language=course.language if course.engine != EXTRACTIVE else "",
        # The wishes for the course apply to its new lessons too, but not the number of modules.
        wishes=replace(course.wishes, modules=0),
        key=key,
        adds_to=course,
    )


def suggest_places(addition: Course) -> None:
    """Suggests a place for each lesson of the addition, and names documents that repeat others.

    Places that were suggested before are not changed.
    """
    topics = Topic.objects.filter(module__course=addition, added=None).order_by("pk")
    new = list(topics.prefetch_related("key_terms"))
    known = list(
        Topic.objects.filter(module__course=addition.adds_to_id)
        .order_by("module__position", "position")
        .prefetch_related("key_terms")
    )
    AddedTopic.objects.bulk_create(
        [
            AddedTopic(topic=topic, joins=_same_subject(topic, known, addition.language))
            for topic in new
        ],
        ignore_conflicts=True,
    )
    notes = [note for note in _repeated(addition) if note not in addition.notes]
    if notes:
        addition.notes = [*addition.notes, *notes]
        addition.save(update_fields=["notes"])


def _same_subject(topic: Topic, known: Iterable[Topic], language: str) -> Topic | None:
    """Returns the lesson whose title and key terms are most similar to those of `topic`; None if
    none is similar enough.
    """
    title, terms = _title_words(topic, language), _terms(topic)
    best, found = 0.0, None
    for one in known:
        other, shared = _title_words(one, language), terms & _terms(one)
        titles = len(title & other) / max(len(title | other), 1)
        of_terms = len(shared) / max(min(len(terms), len(_terms(one))), 1)
        fits = titles >= SAME_TITLE or (len(shared) >= MIN_TERMS and of_terms >= SAME_TERMS)
        if fits and titles + of_terms > best:
            best, found = titles + of_terms, one
    return found


def _title_words(topic: Topic, language: str) -> set[str]:
    words = content_lemmas(topic.title, language) or topic.title.casefold().split()
    return {word for word in words if not word.isdecimal()}


def _terms(topic: Topic) -> set[str]:
    return {one.term.casefold() for one in topic.key_terms.all()}


def _repeated(addition: Course) -> Iterator[str]:
    """Yields a message for each new document of which most sentences are in a document of the
    course already.
    """
    known = [
        (document, _sentences(document))
        for document in SourceDocument.objects.filter(course=addition.adds_to_id)
    ]
    for document in addition.documents.order_by("position"):
        own = _sentences(document)
        for other, theirs in known:
            share = len(own & theirs) / max(len(own), 1)
            if share >= REPEATED:
                yield (
                    f"The new \u201c{document}\u201d repeats \u201c{other}\u201d, which is in the "
                    f"course already: {share:.0%} of its sentences are in both."
                )


def _sentences(document: SourceDocument) -> set[str]:
    found: set[str] = set()
    for text in document.passages.values_list("text", flat=True).iterator():
        found.update(normalise(one) for one in split_sentences(text, document.language or "en"))
        if len(found) > MAX_SENTENCES:
            break
    return found


def added_topics(addition: Course) -> QuerySet[Topic]:
    """Returns the lessons of an addition in their order, with their places."""
    topics = Topic.objects.filter(module__course=addition)
    return topics.select_related("module", "added__joins__module").order_by(
        "module__position", "position"
    )


def accepted_topics(course: Course) -> QuerySet[AddedTopic]:
    """Returns the lessons that were accepted for a published course and are not published yet."""
    found = AddedTopic.objects.filter(
        topic__module__course__adds_to=course, accepted_at__isnull=False
    )
    return found.select_related("topic__module__course", "joins", "accepted_by").order_by(
        "topic__module__course", "topic__module__position", "topic__position"
    )
