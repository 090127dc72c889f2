"""The handlers of a course job's steps. Each may run again from its start without harm."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models.fields.files import FieldFile

from courses.generation.engines import EXTRACTIVE, course_engine
from courses.generation.schemas import (
    Outline,
    OutlineRequest,
    TopicDraft,
    TopicRequest,
)
from courses.ingestion.document import DocumentRejectedError, ExtractedDocument
from courses.ingestion.extract import extract_document
from courses.ingestion.index import index_document
from courses.metering import metering
from courses.models import (
    Citation,
    Course,
    CourseStatus,
    DocumentStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
    TopicStatus,
)
from courses.queries import source_passages
from courses.retrieval import topic_passages
from courses.rewriting import version
from courses.services import delete_course, publish_course
from courses.uploads import limits, refusals_counted
from jobs.errors import StepFailedError, StepStoppedError
from jobs.models import Job, JobStatus
from jobs.parallel import for_each
from jobs.patience import patient
from jobs.runner import StepRun
from profai.ai.errors import AIError, AnswerError

logger = logging.getLogger(__name__)

T = TypeVar("T")


def course_of(job: Job) -> Course:
    """Raises StepStoppedError where the course was deleted while its job ran."""
    course = Course.objects.filter(pk=job.parameters["course"]).first()
    if course is None:
        raise StepStoppedError("The course was deleted.")
    return course


@contextmanager
def ai_errors_fail_the_step() -> Iterator[None]:
    try:
        yield
    except AIError as error:
        raise StepFailedError(str(error), retryable=not error.permanent) from error


def _document_of(run: StepRun) -> SourceDocument:
    documents = SourceDocument.objects.select_related("course")
    document = documents.filter(pk=run.parameters["document"]).first()
    if document is None:
        raise StepStoppedError("The document was deleted.")
    return document


def extract(run: StepRun) -> None:
    """Read a PDF into passages. What an earlier try of the same step stored is replaced."""
    document = _document_of(run)

    def report(done: int, total: int) -> None:
        run.progress(done, total, f"Read {document.original_name}: page {done} of {total}")

    try:
        with refusals_counted(), local_copy(document.file, ".pdf") as path:
            extracted = extract_document(path, limits=limits(), on_progress=report)
    except DocumentRejectedError as error:
        name = document.original_name
        message = f"{name}: {error.message}"
        raise StepFailedError(message, final=True, quoted=name) from error
    _store_passages(run, document, extracted)


@contextmanager
def local_copy(file: FieldFile, suffix: str) -> Iterator[Path]:
    """The file on this machine's disk, whatever storage it is kept in."""
    with file.open("rb") as source, NamedTemporaryFile(suffix=suffix) as copy:
        for chunk in source.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


@patient
@transaction.atomic
def _store_passages(run: StepRun, document: SourceDocument, extracted: ExtractedDocument) -> None:
    run.hold()
    document.passages.all().delete()
    Passage.objects.bulk_create(
        (
            Passage(
                document=document,
                position=draft.position,
                page_from=draft.page_from,
                page_to=draft.page_to,
                label_from=draft.label_from[:20],
                label_to=draft.label_to[:20],
                heading_path=[heading[:300] for heading in draft.heading_path],
                text=draft.text,
                kind=draft.kind,
                matter=draft.matter,
            )
            for draft in extracted.passages
        ),
        batch_size=500,
    )
    document.pages = extracted.pages
    document.language = extracted.language
    document.warnings = list(extracted.warnings)
    document.status = DocumentStatus.EXTRACTED
    document.save(update_fields=["pages", "language", "warnings", "status"])


def index(run: StepRun) -> None:
    document = _document_of(run)
    with ai_errors_fail_the_step():
        count = index_document(document)
    run.progress(count, count)


def outline(run: StepRun) -> None:
    """Plan modules and topics. A plan that stands from an earlier try is kept."""
    course = course_of(run.job)
    if course.modules.exists():
        return
    course.source_language = _main_language(course)
    course.language = run.job.parameters.get("language") or course.source_language
    request = OutlineRequest(
        title=course.title,
        language=course.language,
        source_language=course.source_language,
        passages=source_passages(Passage.objects.filter(document__course=course)),
    )

    async def plan_with(name: str) -> tuple[str, Outline]:
        engine = course_engine(name)
        plan = await engine.outline(request)
        return engine.model, plan

    with ai_errors_fail_the_step(), metering(run):
        fallback = Fallback(run, course.engine)
        name, (model, plan) = async_to_sync(fallback.first_that_can)(plan_with)
    if not plan.modules:
        raise StepFailedError(
            "The documents hold no text that a course can be made of: only tables of contents, "
            "indexes, licences or the like. Upload a document with running text.",
            final=True,
        )
    course.model, course.notes = model, [*plan.notes, *fallback.notes("The outline", name)]
    _store_outline(run, course, plan)


class Fallback:
    """Who does a piece of work: the course's engine, or the extractive one where the settings
    ask for it and the provider fails for good.

    A permanent failure is remembered for the rest of the step. Others count as being for good
    once the step is in its last try.
    """

    def __init__(self, run: StepRun, engine: str) -> None:
        self._engine = engine
        self._may = settings.LLM_FALLBACK == EXTRACTIVE != engine
        self._is_last_try = run.is_last_try
        self._reason = ""

    async def first_that_can(self, work: Callable[[str], Awaitable[T]]) -> tuple[str, T]:
        """The name of the engine that did it, and what it made."""
        if self._reason:
            return EXTRACTIVE, await work(EXTRACTIVE)
        try:
            return self._engine, await work(self._engine)
        except AIError as error:
            if not self._may or not (error.permanent or self._is_last_try):
                raise
            logger.warning("Falling back to the extractive engine: %s", error)
            if not isinstance(error, AnswerError):
                self._reason = str(error)
            return EXTRACTIVE, await work(EXTRACTIVE)

    def notes(self, what: str, engine: str) -> list[str]:
        """Words for reviewers on work that another engine did than was meant to."""
        if engine == self._engine:
            return []
        reason = "because the model's provider failed"
        return [f"{what} was made from the documents' own words, without a model, {reason}."]


def _main_language(course: Course) -> str:
    """The language of most pages."""
    documents = course.documents.exclude(language="").order_by("-pages", "position")
    first = documents.first()
    return first.language if first else "en"


@patient
@transaction.atomic
def _store_outline(run: StepRun, course: Course, plan: Outline) -> None:
    """Save the plan once: if the first answer of the database was lost, it stands already."""
    run.hold()
    if course.modules.exists():
        return
    course.save()
    for week, module_plan in enumerate(plan.modules, start=1):
        module = Module.objects.create(
            course=course,
            position=week,
            title=module_plan.title[:255],
            summary=module_plan.summary,
            objectives=list(module_plan.objectives),
        )
        for position, topic_plan in enumerate(module_plan.topics, start=1):
            topic = Topic.objects.create(
                module=module, position=position, title=topic_plan.title[:255]
            )
            topic.sources.set(topic_plan.passage_ids)


def write(run: StepRun) -> None:
    """Write the topics of the step's modules; each is saved as it is done."""
    course = course_of(run.job)
    topics = Topic.objects.filter(module__in=run.parameters["modules"])
    pending = topics.filter(status=TopicStatus.PENDING).select_related("module").order_by("pk")
    written = topics.exclude(status=TopicStatus.PENDING).count()
    _write_each(run, course, course.engine, list(pending), _store_topic, done=written)


def rewrite(run: StepRun) -> None:
    """Write topics again. What was there stays until the new words are saved in its place; a
    topic that somebody changed since it was asked for is left as it is."""
    course = course_of(run.job)
    asked: dict[str, str] = run.parameters["topics"]
    topics = Topic.objects.filter(pk__in=asked, module__course=course).select_related("module")
    open_ = [topic for topic in topics.order_by("pk") if version(topic) == asked[str(topic.pk)]]

    def store(topic: Topic, draft: TopicDraft, engine: str) -> None:
        _replace_topic(topic, draft, engine, asked[str(topic.pk)])

    done = len(asked) - len(open_)
    _write_each(run, course, run.parameters["engine"], open_, store, done=done)
    set_course_result(run, course)


def _write_each(
    run: StepRun,
    course: Course,
    engine: str,
    topics: Sequence[Topic],
    store: Callable[[Topic, TopicDraft, str], None],
    *,
    done: int,
) -> None:
    fallback = Fallback(run, engine)

    async def write_one(topic: Topic) -> str:
        async def write_with(name: str) -> TopicDraft:
            engine = course_engine(name)
            request = await sync_to_async(_topic_request)(course, topic, engine.topic_tokens)
            return await engine.write_topic(request)

        name, draft = await fallback.first_that_can(write_with)
        flags = (*draft.flags, *fallback.notes("This topic", name))
        await sync_to_async(store)(topic, replace(draft, flags=flags), name)
        return f"Wrote \u201c{topic.title}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(run, topics, write_one, done=done, at_once=items_at_once(), lone=AnswerError)


def items_at_once() -> int:
    """More than there are slots for calls, so that the next item is ready when one is free."""
    slots: int = settings.LLM_CONCURRENCY
    return 2 * slots


def _topic_request(course: Course, topic: Topic, budget: int | None) -> TopicRequest:
    if budget is None:
        passages = source_passages(topic.sources.all())
    else:
        passages = topic_passages(course, topic, budget=budget)
    return TopicRequest(
        course_title=course.title,
        module_title=topic.module.title,
        title=topic.title,
        language=course.language,
        source_language=course.source_language,
        passages=passages,
    )


@patient
@transaction.atomic
def _store_topic(topic: Topic, draft: TopicDraft, engine: str) -> None:
    """Save a topic once: one that was written meanwhile is left as it is."""
    written = Topic.objects.filter(pk=topic.pk, status=TopicStatus.PENDING).update(
        **_values(draft, engine)
    )
    if written:
        _store_sources(topic, draft)


@patient
@transaction.atomic
def _replace_topic(topic: Topic, draft: TopicDraft, engine: str, expected: str) -> None:
    locked = Topic.objects.select_for_update().filter(pk=topic.pk).first()
    if locked is None or version(locked) != expected:
        return
    for name, value in _values(draft, engine).items():
        setattr(locked, name, value)
    locked.save()
    locked.citations.all().delete()
    locked.key_terms.all().delete()
    _store_sources(locked, draft)


def _values(draft: TopicDraft, engine: str) -> dict[str, Any]:
    return {
        "content": draft.content,
        "status": TopicStatus.WRITTEN,
        "engine": engine,
        "flags": list(draft.flags),
        "statements": [asdict(statement) for statement in draft.statements],
        "dropped_citations": draft.dropped_citations,
    }


def _store_sources(topic: Topic, draft: TopicDraft) -> None:
    Citation.objects.bulk_create(
        Citation(
            topic=topic,
            position=position,
            passage_id=citation.passage_id,
            quote=citation.quote,
            support=citation.support,
        )
        for position, citation in enumerate(draft.citations, start=1)
    )
    KeyTerm.objects.bulk_create(
        KeyTerm(
            topic=topic,
            term=term.term[:200],
            definition=term.definition,
            passage_id=term.passage_id,
        )
        for term in draft.key_terms
    )


def finish(run: StepRun) -> None:
    """Hand the course to its reviewers, or to learners if that was asked for."""
    course = course_of(run.job)
    Course.objects.filter(pk=course.pk, status=CourseStatus.GENERATING).update(
        status=CourseStatus.DRAFT
    )
    if run.job.parameters.get("publish"):
        publish_course(course)
    set_course_result(run, course)


def set_course_result(run: StepRun, course: Course) -> None:
    run.set_result(
        {
            "course_id": course.pk,
            "course_title": course.title,
            "modules": course.modules.count(),
        }
    )


def ended(job: Job) -> None:
    """Leave nothing half-made: a course whose files cannot be read goes with its job."""
    if job.status == JobStatus.FAILED and not job.can_retry:
        course = Course.objects.filter(pk=job.parameters["course"]).first()
        if course is not None and not course.modules.exists():
            delete_course(course)
