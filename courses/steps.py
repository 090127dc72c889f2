"""The functions that do the steps of a course's job. Each may be run again from its start."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Min, Q, Sum
from django.db.models.functions import Length
from django.utils import timezone

from common.transactions import lock
from courses.additions import suggest_places
from courses.engines import EXTRACTIVE, course_engine
from courses.figures import delete_figures, store_figures, stored_pictures
from courses.indexing import drop_index, index_course, index_document, unindexed_courses
from courses.llm_usage import metering
from courses.models import (
    Checkers,
    Citation,
    Claim,
    Course,
    CourseStatus,
    DocumentStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
    TopicStatus,
    Verdicts,
)
from courses.queries import printed_exercises, source_passages
from courses.regeneration import version
from courses.retrieval import topic_passages
from courses.revisions import completed, drafted_topic, propose, versioned
from courses.services import delete_course, publish_course
from courses.uploads import digest_of, limits, local_copy, new_name, refusals_counted, save_file
from courses.web_pages import PageAwayError, fetched_page
from engine.language.sentences import split_sentences
from engine.language.spacy_english import load_english
from engine.language.words import load_dictionaries
from engine.lessons.claims.lesson import lesson_claims
from engine.lessons.schemas import (
    DOUBTFUL,
    ClaimDraft,
    CourseEngine,
    Outline,
    OutlineRequest,
    SourcePassage,
    TopicDraft,
    TopicRequest,
)
from engine.llm.errors import AIError, AnswerError
from engine.questions.printed import asked_in_quizzes, printed_with
from engine.questions.proofs import in_chapters_of
from engine.reading.conversion import check_converter
from engine.reading.document import DocumentPart, DocumentRejectedError, ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.formats.kinds import Format
from engine.reading.page_ranges import read_page_range
from engine.reading.report import summary
from engine.search.embeddings import load_weights
from jobs.db_retry import retry_on_db_outage
from jobs.errors import StepFailedError, StepStoppedError
from jobs.models import Job, JobStatus
from jobs.parallel import for_each, run_in_loop
from jobs.runner import StepRun

logger = logging.getLogger(__name__)

T = TypeVar("T")


def load_for_steps() -> None:
    """Loads what the steps of most courses need. Data of other languages are loaded when they are
    used.

    No model computes yet: libraries would start threads for it, which do not survive a fork.
    """
    load_weights()
    load_dictionaries("en")
    load_english()
    split_sentences("Read a text. It may be short.", "en")
    course_engine(EXTRACTIVE)


def course_of(job: Job) -> Course:
    """Returns the job's course. Raises StepStoppedError if it was deleted while the job ran."""
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
    """Reads a document into passages. What an earlier try of the same step stored is replaced."""
    document = _document_of(run)

    def report(done: int, total: int) -> None:
        paged = f": page {done} of {total}" if document.format is Format.PDF else ""
        run.progress(done, total, f"Read {document.original_name}{paged}")

    try:
        with refusals_counted():
            if document.address and not document.file:
                _fetch(run, document)
        with refusals_counted(), local_copy(document.file, f".{document.format}") as path:
            extracted = extract_document(
                path,
                limits=limits(),
                on_progress=report,
                pages=read_page_range(document.page_range),
            )
    except DocumentRejectedError as error:
        name = document.original_name
        # If a web page could not be fetched, the message names its address already.
        fetched = bool(document.file) or not document.address
        message = f"{name}: {error.message}" if fetched else error.message
        raise StepFailedError(message, final=True, quoted=name) from error
    except PageAwayError as error:
        raise StepFailedError(str(error), retryable=True, quoted=document.address) from error
    with stored_pictures(extracted.figures) as names:
        _store_passages(run, document, extracted, names)


def _fetch(run: StepRun, document: SourceDocument) -> None:
    """Fetches a web page and keeps it as the document's file."""
    run.progress(0, 1, f"Fetch {document.original_name}")
    with fetched_page(document.address, settings.UPLOAD_MAX_BYTES) as page:
        check_converter(page.form)
        file = File(page.file, document.original_name)
        digest, name = digest_of(file), new_name(page.form)
        save_file(name, file)
    try:
        _keep_page(run, document, name, digest, page.size)
    except BaseException:
        default_storage.delete(name)
        raise


@retry_on_db_outage
@transaction.atomic
def _keep_page(run: StepRun, document: SourceDocument, name: str, digest: str, size: int) -> None:
    run.lock_rows()
    own = document.course
    # The course itself, the course that it is an addition to, and other additions to that course.
    related = Q(course=own) | Q(course=own.adds_to_id) | Q(course__adds_to=own.adds_to_id or own)
    others = SourceDocument.objects.filter(related, sha256=digest)
    if (other := others.exclude(pk=document.pk).first()) is not None:
        raise DocumentRejectedError(
            "repeated_page",
            f"it is the same as {other.original_name}. Make the course again without one of them.",
        )
    document.file.name, document.sha256, document.bytes = name, digest, size
    document.save(update_fields=["file", "sha256", "bytes"])


@retry_on_db_outage
@transaction.atomic
def _store_passages(
    run: StepRun, document: SourceDocument, extracted: ExtractedDocument, names: Sequence[str]
) -> None:
    run.lock_rows()
    delete_figures(document.figures.all())
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
                places=list(draft.places),
                unit=draft.unit,
            )
            for draft in extracted.passages
        ),
        batch_size=500,
    )
    store_figures(document, extracted.figures, names)
    document.pages = extracted.pages or None
    document.language = extracted.language
    document.warnings = list(extracted.warnings)
    document.status = DocumentStatus.EXTRACTED
    document.reading = summary(extracted)
    document.save(update_fields=["pages", "language", "warnings", "status", "reading"])


def index(run: StepRun) -> None:
    document = _document_of(run)
    try:
        with ai_errors_fail_the_step():
            count = index_document(document, lock_rows=run.lock_rows)
    except StepStoppedError:
        # Vectors that were stored after the course was deleted were not deleted with it.
        if not Course.objects.filter(pk=document.course_id).exists():
            drop_index(document.course_id)
        raise
    run.progress(count, count)


def index_added(run: StepRun) -> None:
    """Indexes a document that was added to a course later."""
    index(run)
    set_course_result(run)


def index_courses(run: StepRun) -> None:
    """Builds the index of each course that has none."""
    courses = list(unindexed_courses())
    for number, course in enumerate(courses, start=1):
        run.check_before_more()
        with ai_errors_fail_the_step():
            index_course(course)
        run.progress(number, len(courses), f"Indexed \u201c{course.title}\u201d")


def outline(run: StepRun) -> None:
    """Plans modules and topics. Keeps a plan that an earlier try has saved."""
    course = course_of(run.job)
    if course.modules.exists():
        return
    source_language = _main_language(course)
    language = run.job.parameters.get("language") or source_language
    request = OutlineRequest(
        title=course.title,
        language=language,
        source_language=source_language,
        passages=source_passages(Passage.objects.filter(document__course=course)),
        wishes=course.wishes,
    )

    async def plan_with(name: str) -> tuple[str, Outline]:
        engine = course_engine(name)
        plan = await engine.outline(request)
        return engine.model, plan

    with ai_errors_fail_the_step(), metering(run):
        fallback = Fallback(run, course.engine, for_answers=True)
        done = run_in_loop(lambda: fallback.first_that_can(plan_with))
    model, plan = done.made
    if not plan.modules:
        raise StepFailedError(
            "The documents contain no text that a course can be made of: only exercises, tables of "
            "contents, indexes, licences or the like. Upload a document with running text.",
            final=True,
        )
    values = {
        "source_language": source_language,
        "language": language,
        "model": model,
        "notes": [*plan.notes, *done.notes("The outline")],
    }
    _store_outline(run, course, plan, values)


def _about(run: StepRun, course: Course, plan: Outline) -> dict[str, Any]:
    """Returns the course's values after planning: what staff filled in stays, and the outline gives
    the rest.
    """
    found = {
        "description": course.description or plan.description,
        "audience": (course.audience or plan.audience)[:300],
        "prerequisites": (course.prerequisites or plan.prerequisites)[:300],
    }
    if run.job.parameters.get("untitled") and plan.title and course.title == run.job.title:
        found["title"] = plan.title[:255]
    if course.reviews_outline:
        found["status"] = CourseStatus.OUTLINED
    return found


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A result, the engine that made it, and, if that is not the chosen engine, the reason."""

    engine: str
    made: T
    reason: str = ""

    def notes(self, what: str) -> list[str]:
        """Returns a note for reviewers if the chosen engine did not do the work; otherwise none."""
        if not self.reason:
            return []
        return [
            f"{what} was made from the documents' own words, without a model, because {self.reason}"
        ]


class Fallback:
    """Has a piece of work done by the course's engine, or by the extractive engine if the model's
    error is final and the settings allow it.

    A permanent error of the provider is final at once, a temporary one in the step's last try; both
    are then remembered for the whole step. An unusable answer is final at once, for this piece
    only, because the model was asked several times already; after TOO_MANY in a row the model is
    not called again. With `for_answers`, unusable answers fall back whatever the settings say.
    """

    TOO_MANY = 3

    def __init__(self, run: StepRun, engine: str, *, for_answers: bool = False) -> None:
        self._engine = engine
        uses_model = engine != EXTRACTIVE
        self._may_fall_back = uses_model and settings.LLM_FALLBACK == EXTRACTIVE
        self._may_for_answers = uses_model and (self._may_fall_back or for_answers)
        self._is_last_try = run.is_last_try
        self._reason = ""
        self._unusable = 0

    def is_final(self, error: AIError) -> bool:
        return error.permanent or self._is_last_try or isinstance(error, AnswerError)

    async def first_that_can(self, work: Callable[[str], Awaitable[T]]) -> Done[T]:
        """Calls `work` with the name of an engine, and returns its result. Raises AIError if the
        error is not final, or another engine may not be used.
        """
        if self._reason:
            return Done(EXTRACTIVE, await work(EXTRACTIVE), self._reason)
        try:
            made = await work(self._engine)
        except AIError as error:
            is_answer = isinstance(error, AnswerError)
            self._unusable += is_answer
            may = self._may_for_answers if is_answer else self._may_fall_back
            if not may or not self.is_final(error):
                raise
            logger.warning("Falling back to the extractive engine: %s", error)
            if is_answer:
                reason = f"no answer of the model could be used. {error}"
                if self._unusable >= self.TOO_MANY:
                    self._reason = (
                        "several answers of the model in a row could not be used. The model is too "
                        "small for this, or set up wrongly. Choose another model and have this "
                        "written again."
                    )
            else:
                reason = self._reason = "the model's provider is away or refuses our calls."
            return Done(EXTRACTIVE, await work(EXTRACTIVE), reason)
        self._unusable = 0
        return Done(self._engine, made)


def _main_language(course: Course) -> str:
    """Returns the language in which most of the course's text is written; "en" if none is known."""
    languages = course.documents.exclude(language="").order_by().values_list("language")
    counted = languages.annotate(total=Sum(Length("passages__text")), first=Min("position"))
    most = counted.order_by(F("total").desc(nulls_last=True), "first").first()
    return most[0] if most else "en"


@retry_on_db_outage
@transaction.atomic
def _store_outline(run: StepRun, course: Course, plan: Outline, values: dict[str, Any]) -> None:
    """Saves the plan, unless the course has modules: an earlier try may have saved it without
    getting the database's answer.
    """
    run.lock_rows()
    if course.modules.exists():
        return
    # Somebody may have given it a title or a description meanwhile.
    course.refresh_from_db()
    values = values | _about(run, course, plan)
    Course.objects.filter(pk=course.pk).update(updated_at=timezone.now(), **values)
    for number, module_plan in enumerate(plan.modules, start=1):
        module = Module.objects.create(
            course=course,
            position=number,
            title=module_plan.title[:255],
            summary=module_plan.summary,
            objectives=list(module_plan.objectives),
            levels=list(module_plan.levels),
        )
        for position, topic_plan in enumerate(module_plan.topics, start=1):
            topic = Topic.objects.create(
                module=module, position=position, title=topic_plan.title[:255]
            )
            topic.sources.set(topic_plan.passage_ids)
            topic.supplements.set(topic_plan.supplement_ids)


def take_outline(run: StepRun) -> None:
    """Sets the job's result; nothing is made here. The pipeline plans the next steps from the
    outline that a person has seen.
    """
    set_course_result(run)


def write(run: StepRun) -> None:
    """Writes the topics of the step's modules, and saves each when it is written."""
    course = course_of(run.job)
    topics = Topic.objects.filter(module__in=run.parameters["modules"])
    pending = topics.filter(status=TopicStatus.PENDING).select_related("module").order_by("pk")
    written = topics.exclude(status=TopicStatus.PENDING).count()
    store = partial(_store_topic, run)
    _write_each(run, course, course.engine, list(pending), store, done=written, may_skip=True)


def rewrite(run: StepRun) -> None:
    """Writes topics again. The old text stays until the new text is saved in its place, or as a
    proposal, if staff edited or approved the topic or learners can read it. A topic that somebody
    changed after it was requested is not written.
    """
    course = course_of(run.job)
    asked: dict[str, str] = run.parameters["topics"]
    topics = Topic.objects.filter(pk__in=asked, module__course=course).select_related("module")
    unchanged = [t for t in topics.order_by("pk") if version(t) == asked[str(t.pk)]]

    def store(topic: Topic, draft: TopicDraft, engine: str) -> None:
        _replace_topic(run, topic, draft, engine, asked[str(topic.pk)])

    done = len(asked) - len(unchanged)
    _write_each(run, course, run.parameters["engine"], unchanged, store, done=done)
    set_course_result(run)


def _write_each(
    run: StepRun,
    course: Course,
    engine: str,
    topics: Sequence[Topic],
    store: Callable[[Topic, TopicDraft, str], None],
    *,
    done: int,
    may_skip: bool = False,
) -> None:
    """Writes topics and calls `store` with each. `may_skip`: if the model gives no usable answer
    for a topic, staff are told to write it by hand, and the step goes on.
    """
    fallback = Fallback(run, engine)
    # The keys and titles of the course's topics, in the order in which they are read.
    read_in_order = Topic.objects.filter(module__course=course).order_by(
        "module__position", "position"
    )
    order = list(read_in_order.values_list("pk", "title"))

    async def write_one(topic: Topic) -> str:
        async def write_with(name: str) -> TopicDraft:
            engine = course_engine(name)
            request = await sync_to_async(_topic_request)(
                course, topic, engine.topic_tokens, order[: order.index((topic.pk, topic.title))]
            )
            request = replace(request, instruction=instruction_of(run))
            return await checked(engine, await engine.write_topic(request), request)

        try:
            written = await fallback.first_that_can(write_with)
        except AnswerError as error:
            if not (may_skip and fallback.is_final(error)):
                raise
            logger.warning("A topic was not written, staff have to write it: %s", error)
            await sync_to_async(store)(topic, _unwritten(error), engine)
            await sync_to_async(_keep_refused)(topic, error.answer)
            return f"Could not write \u201c{topic.title}\u201d"
        flags = (*written.made.flags, *written.notes("This topic"))
        await sync_to_async(store)(topic, replace(written.made, flags=flags), written.engine)
        return f"Wrote \u201c{topic.title}\u201d"

    with ai_errors_fail_the_step(), metering(run):
        for_each(
            run,
            topics,
            write_one,
            done=done,
            at_once=items_at_once(engine),
            item_errors=AnswerError,
        )


async def checked(engine: CourseEngine, draft: TopicDraft, request: TopicRequest) -> TopicDraft:
    """Returns the topic with a critic's verdicts on its claims.

    If the provider is away or the budget is used up, the topic is returned without them and with a
    flag: writing it has been paid for already.
    """
    flags = list(draft.flags)
    try:
        draft = await engine.check_claims(draft, request)
    except (AIError, StepFailedError) as error:
        logger.warning("The claims of a topic are checked by rules only: %s", error)
        flags.append("Its claims were checked by rules only: the model that checks was away.")
    doubted = sum(claim.verdict in DOUBTFUL for claim in draft.claims)
    if doubted:
        flags.append(f"{doubted} of {len(draft.claims)} claims are doubted: compare them.")
    return replace(draft, flags=tuple(flags))


def check_claims(run: StepRun) -> None:
    """Checks the claims that a person wrote into a lesson, by rules and without a model. Claims
    that have a verdict are not checked again.
    """
    topic = (
        Topic.objects.select_related("module__course")
        .filter(pk=run.job.parameters["topic"])
        .first()
    )
    if topic is None:
        raise StepStoppedError("The lesson was deleted.")
    course = topic.module.course
    cited = dict(topic.citations.values_list("position", "passage__text"))
    terms = topic.key_terms.order_by("term").values_list("term", "definition")
    found = lesson_claims(
        topic.content,
        list(terms),
        [cited.get(number, "") for number in range(1, max(cited, default=0) + 1)],
        language=course.language,
        source_language=course.source_language,
    )
    _store_verdicts(run, topic, found)


@retry_on_db_outage
@transaction.atomic
def _store_verdicts(run: StepRun, topic: Topic, found: Sequence[ClaimDraft]) -> None:
    """Saves the rules' verdicts on claims that a person wrote (`checked_by` PERSON), that have no
    verdict yet and that are still in the lesson.
    """
    run.lock_rows()
    locked = lock(Topic.objects.filter(pk=topic.pk)).first()
    if locked is None:
        raise StepStoppedError("The lesson was deleted.")
    with completed(locked):
        verdicts = {(claim.place.value, claim.text): claim for claim in found}
        for claim in locked.claims.filter(verdict=Verdicts.NOT_CHECKED, checked_by=Checkers.PERSON):
            draft = verdicts.get((claim.place, claim.text))
            if draft is not None:
                claim.verdict, claim.doubt = draft.verdict, draft.doubt
                claim.evidence, claim.reason = draft.evidence, draft.reason
                claim.checked_by, claim.checked_at = draft.checked_by, timezone.now()
                claim.save()


def _unwritten(error: AnswerError) -> TopicDraft:
    return TopicDraft(
        content="This lesson is not written yet.",
        citations=(),
        flags=(f"{error} Write it by hand, or have it written again with another model.",),
    )


def _keep_refused(topic: Topic, answer: str) -> None:
    """Saves the model's unusable answer, so that staff can read it. The lesson's text is not
    changed.
    """
    Topic.objects.filter(pk=topic.pk, status=TopicStatus.WRITTEN).update(refused=answer)


def items_at_once(engine: str) -> int:
    """Returns how many items an engine works on at the same time.

    If the engine waits for a model: more than there are slots for calls, so that the next item is
    ready when a slot becomes free. If it computes: one, because threads that take turns on one
    processor only cost time and memory.
    """
    slots: int = settings.LLM_CONCURRENCY
    return 1 if engine == EXTRACTIVE else 2 * slots


def _topic_request(
    course: Course, topic: Topic, budget: int | None, before: Sequence[tuple[int, str]]
) -> TopicRequest:
    if budget is None:
        passages = source_passages(topic.sources.all())
    else:
        passages = topic_passages(course, topic, budget=budget)
    supplements = source_passages(topic.supplements.all())
    return TopicRequest(
        course_title=course.title,
        module_title=topic.module.title,
        title=topic.title,
        language=course.language,
        source_language=course.source_language,
        passages=passages,
        supplements=supplements,
        before=tuple(title for _, title in before),
        wishes=course.wishes,
        kept_for_quiz=_kept_for_quiz(course, topic, supplements),
    )


def _kept_for_quiz(
    course: Course, topic: Topic, supplements: Sequence[SourcePassage]
) -> tuple[tuple[int, int, int], ...]:
    """Returns the places of the exercises, with their printed answers, that quizzes will ask."""
    ids = {one.id for one in supplements if one.matter is DocumentPart.EXERCISES}
    if not ids:
        return ()
    exercises = printed_with(printed_exercises(course), ids)
    module = source_passages(Passage.objects.filter(topics__module=topic.module).distinct())
    body = Passage.objects.filter(document__course=course, topics__isnull=False).distinct()
    chapters = {one.heading_path[0] for one in (*module, *supplements) if one.heading_path}
    around = source_passages(body.filter(heading_path__0__in=chapters))
    # The passages from which learners can know the answers.
    lessons = {one.id: one for one in (*module, *in_chapters_of((*module, *supplements), around))}
    asked = asked_in_quizzes(exercises, course.language, tuple(lessons.values()))
    return tuple(span for exercise in asked for span in exercise.spans)


@retry_on_db_outage
@transaction.atomic
def _store_topic(run: StepRun, topic: Topic, draft: TopicDraft, engine: str) -> None:
    """Saves a topic, unless it was written in the meantime."""
    run.lock_rows()
    written = Topic.objects.filter(pk=topic.pk, status=TopicStatus.PENDING).update(
        updated_at=timezone.now(), **_values(draft, engine)
    )
    if written:
        _store_sources(topic, draft)


@retry_on_db_outage
@transaction.atomic
def _replace_topic(
    run: StepRun, topic: Topic, draft: TopicDraft, engine: str, expected: str
) -> None:
    run.lock_rows()
    locked = lock(Topic.objects.filter(pk=topic.pk)).first()
    if locked is None or version(locked) != expected:
        return
    course = course_of(run.job)
    origin = {"engine": engine, "model": course.model, "reason": instruction_of(run)}
    if needs_proposal(locked, course):
        check_passages(_passages_of(draft), locked.title)
        propose(locked, drafted_topic(locked, draft, engine), **origin)
        return
    with versioned(locked, by=None, action="written again", **origin):
        values = _values(draft, engine)
        for name, value in values.items():
            setattr(locked, name, value)
        locked.save(update_fields=[*values, "updated_at"])
        locked.citations.all().delete()
        locked.claims.all().delete()
        locked.key_terms.all().delete()
        _store_sources(locked, draft)


def needs_proposal(topic: Topic, course: Course) -> bool:
    """Whether new text must become a proposal: staff edited or approved the topic, or the course is
    published.
    """
    return topic.status in {TopicStatus.EDITED, TopicStatus.APPROVED} or (
        course.status == CourseStatus.PUBLISHED
    )


def instruction_of(run: StepRun) -> str:
    return str(run.parameters.get("instruction", ""))


def _values(draft: TopicDraft, engine: str) -> dict[str, Any]:
    return {
        "content": draft.content,
        "status": TopicStatus.WRITTEN,
        "engine": engine,
        "flags": list(draft.flags),
        "statements": [],
        "refused": "",
        "dropped_citations": draft.dropped_citations,
    }


def _store_sources(topic: Topic, draft: TopicDraft) -> None:
    check_passages(_passages_of(draft), topic.title)
    Citation.objects.bulk_create(
        Citation(
            topic=topic,
            position=position,
            passage_id=citation.passage_id,
            quote=citation.quote,
        )
        for position, citation in enumerate(draft.citations, start=1)
    )
    Claim.objects.bulk_create(
        (
            Claim(topic=topic, position=position, **asdict(claim))
            for position, claim in enumerate(draft.claims, start=1)
        ),
        batch_size=500,
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


def _passages_of(draft: TopicDraft) -> set[int]:
    cited = {citation.passage_id for citation in draft.citations}
    return cited | {term.passage_id for term in draft.key_terms}


def check_passages(used: Collection[int], what: str) -> None:
    """Raises StepFailedError if some of the `used` passages were deleted."""
    if Passage.objects.filter(pk__in=used).count() < len(used):
        raise StepFailedError(
            f"The sources of \u201c{what}\u201d were replaced while it was written. Make the "
            "course again from its files."
        )


def finish(run: StepRun) -> None:
    """Makes the course a draft that staff can review, or publishes it if that was requested."""
    course = course_of(run.job)
    _hand_over(run, course)
    set_course_result(run)


@retry_on_db_outage
@transaction.atomic
def _hand_over(run: StepRun, course: Course) -> None:
    run.lock_rows()
    Course.objects.filter(pk=course.pk, status=CourseStatus.GENERATING).update(
        status=CourseStatus.DRAFT, updated_at=timezone.now()
    )
    if course.adds_to_id is not None:
        suggest_places(course)
    if run.job.parameters.get("publish"):
        # Learners use the course at once, so questions are asked that nobody has reviewed.
        Course.objects.filter(pk=course.pk).update(asks_drafts=True)
        publish_course(course)


def set_course_result(run: StepRun) -> None:
    course = course_of(run.job)
    run.set_result(
        {
            "course_id": course.pk,
            "course_title": course.title,
            "course_slug": course.slug,
            "modules": course.modules.count(),
        }
    )


def ended(job: Job) -> None:
    """If a course has no modules and its job failed in a way that a retry cannot help, deletes the
    course. The pipeline calls this when the job has ended.
    """
    if job.status == JobStatus.FAILED and not job.can_retry:
        course = Course.objects.filter(pk=job.parameters["course"]).first()
        if course is not None and not course.modules.exists():
            delete_course(course)
