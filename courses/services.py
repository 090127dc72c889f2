"""Changes to courses; the admin, the API and the shell all come through here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.idempotency import check_key, made_before, once
from common.transactions import atomic, lock
from courses.direct_uploads import check_sent, use_up
from courses.engines import EXTRACTIVE
from courses.indexing import drop_index, unindexed_courses
from courses.models import Course, CourseStatus, Figure, SourceDocument, Topic, TopicStatus
from courses.page_pictures import delete_page_pictures, picture_folder
from courses.signals import course_deletion, course_published
from courses.uploads import (
    StoredFiles,
    Upload,
    check_uploads,
    count_taken_in,
    refusals_counted,
    stored,
)
from courses.web_pages import checked_address, page_name
from engine.language.names import is_language
from engine.language.typed import one_line, with_line_feeds
from engine.lessons.schemas import Wishes
from engine.reading.document import DocumentRejectedError
from jobs.errors import JobStateError
from jobs.models import OPEN_JOB, Job, JobStatus
from jobs.pipelines import StepSpec
from jobs.services import cancel_job, create_job

PIPELINE = "course"
INDEX_PIPELINE = "index"
WRITING_PIPELINE = "writing"
ADDED_PIPELINE = "added"
WORDINGS_PIPELINE = "wordings"
NO_WISHES = Wishes()
OPEN_TO_ADDITIONS = (CourseStatus.DRAFT, CourseStatus.IN_REVIEW, CourseStatus.PUBLISHED)


class CourseStateError(Exception):
    """What was asked for does not fit the course's state; the message says why."""


@dataclass(frozen=True, slots=True)
class CourseRequest:
    """A course that was asked for. `repeated` names files left out as copies of others."""

    course: Course
    job: Job
    repeated: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        if not self.repeated:
            return ""
        names = ", ".join(self.repeated)
        return f"The same file was uploaded more than once and is used once: {names}."


def request_course(
    *,
    files: Iterable[File[bytes]] = (),
    sent: Collection[UUID] = (),
    addresses: Iterable[str] = (),
    title: str = "",
    requested_by: Any = None,
    publish: bool = False,
    language: str = "",
    key: str = "",
    asks_drafts: bool = False,
    pages: Sequence[str] = (),
    wishes: Wishes = NO_WISHES,
    reviews_outline: bool = False,
    answers_at_once: bool = False,
    adds_to: Course | None = None,
) -> CourseRequest:
    """Stores the files and queues the job that makes a course of them; nothing is parsed here.

    `sent` are ids of files that were sent to the store already (`courses.direct_uploads`),
    `addresses` those of web pages, which a worker fetches.
    `publish` shows the course to learners as soon as it is done, without a review, and asks them
    the questions that nobody has read; `asks_drafts` does only the latter. `reviews_outline` waits
    with the writing until a person has seen the outline, unless the course is published at once.
    `answers_at_once` is for clients that know no rules of quizzes: all questions are asked each
    time, and right answers told with each result.
    `language` is a code such as "hi"; "" stands for the documents' own. `pages` limits each file,
    in their order, to a range such as "3-40, 52"; "" stands for all. A `key` makes the request
    safe to
    send again: the same person's same request gives the same job. With `adds_to` what is made is an
    addition to that course, see `courses.additions`. Raises DocumentRejectedError, ValidationError
    or KeyReusedError before anything is kept.
    """
    check_language(language)
    check_key(key)
    with refusals_counted():
        uploads, repeated = check_uploads(files, check_sent(requested_by, sent), pages)
        web_pages = list(dict.fromkeys(checked_address(one) for one in addresses if one.strip()))
        _check_number(len(uploads), len(web_pages))
    wanted = _Wanted(
        uploads,
        web_pages,
        title,
        requested_by,
        publish,
        language,
        asks_drafts,
        wishes,
        reviews_outline and not publish,
        answers_at_once,
        adds_to,
    )
    course = wanted.made_once(key)
    job = cast("Job", course.job)
    return CourseRequest(course, job, tuple(repeated))


def _check_number(files: int, pages: int) -> None:
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    if not files + pages:
        raise DocumentRejectedError("no_files", "Choose at least one file, or give a web address.")
    if pages > most:
        raise DocumentRejectedError("too_many_files", f"Give at most {most} web addresses.")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A course to be made, as it was asked for."""

    uploads: Sequence[Upload]
    web_pages: Sequence[str]
    title: str
    owner: Any
    publish: bool
    language: str
    asks_drafts: bool
    wishes: Wishes
    reviews_outline: bool
    answers_at_once: bool
    adds_to: Course | None = None

    @property
    def _is_limited(self) -> bool:
        return any(upload.pages for upload in self.uploads)

    def made_once(self, key: str) -> Course:
        """Returns the course of this request; if the same request was sent before, the course of
        that one.
        """
        request = [
            [upload.sha256 for upload in self.uploads],
            self.title,
            self.publish,
            self.language,
            *([list(self.web_pages)] if self.web_pages else []),
            *([upload.pages for upload in self.uploads] if self._is_limited else []),
            # Requests of earlier releases had none, and are still known by their keys.
            *([asdict(self.wishes)] if self.wishes != NO_WISHES else []),
            *(["outline"] if self.reviews_outline else []),
            *([f"adds to {self.adds_to.pk}"] if self.adds_to else []),
        ]
        jobs = Job.objects.all()
        job = made_before(user=self.owner, key=key, request=request, rows=jobs)
        if job is None:
            # Files may take long, so they are stored before anything is locked.
            with refusals_counted(), stored(self.uploads) as files:
                made = once(
                    user=self.owner,
                    key=key,
                    request=request,
                    rows=jobs,
                    make=lambda: self._make(files),
                )
                if not made.is_new:
                    files.discard()
            job = made.row
        course = Course.objects.select_related("job").filter(job=job).first()
        if course is None:
            raise CourseStateError("The course of this request was deleted; use another key.")
        return course

    def _make(self, files: StoredFiles) -> Job:
        if self.adds_to is not None:
            self._check_addition(self.adds_to)
        use_up(self.uploads)
        first = self.uploads[0].name if self.uploads else page_name(self.web_pages[0])
        title = self.title or title_from_name(first)
        course = self._new_course(title)
        documents = [
            _new_document(course, position, upload, files.names[upload.sha256])
            for position, upload in enumerate(self.uploads, start=1)
        ]
        documents += [
            _new_page(course, position, address)
            for position, address in enumerate(self.web_pages, start=len(documents) + 1)
        ]
        course.job = job = create_job(
            kind=PIPELINE,
            title=course.title,
            requested_by=self.owner,
            parameters={
                "course": course.pk,
                "publish": self.publish,
                "language": self.language,
                # Its files' own title is better than their name.
                "untitled": not self.title,
                "answers_at_once": self.answers_at_once,
            },
            steps=first_steps(documents),
        )
        course.save(update_fields=["job"])
        transaction.on_commit(partial(count_taken_in, self.uploads))
        return job

    def _check_addition(self, course: Course) -> None:
        """Raises CourseStateError for a course that nothing can be added to now, and
        DocumentRejectedError for documents that are there already.
        """
        locked = lock(Course.objects.filter(pk=course.pk)).get()
        if locked.adds_to_id is not None:
            raise CourseStateError("This is an addition itself. Add the documents to its course.")
        if locked.status not in OPEN_TO_ADDITIONS:
            raise CourseStateError(
                "Documents can be added once the lessons are written, and not in the archive."
            )
        of_course = Q(course=locked) | Q(course__adds_to=locked)
        known = SourceDocument.objects.filter(of_course).select_related("course")
        by_digest = known.filter(sha256__in=[upload.sha256 for upload in self.uploads])
        names = {upload.sha256: upload.name for upload in self.uploads}
        for document in by_digest.order_by("pk"):
            raise DocumentRejectedError(
                "repeated_document", _is_there(names[document.sha256], document)
            )
        for document in known.filter(address__in=self.web_pages).order_by("pk"):
            raise DocumentRejectedError("repeated_document", _is_there(document.address, document))

    def _new_course(self, title: str) -> Course:
        clean = one_line(title)
        if not clean:
            raise ValidationError({"title": "Give the course a title."})
        wishes = self.wishes
        course = Course(
            title=clean[:255],
            owner=self.adds_to.owner if self.adds_to else self.owner,
            adds_to=self.adds_to,
            engine=settings.COURSE_ENGINE,
            asks_drafts=self.asks_drafts,
            audience=one_line(wishes.audience)[:300],
            prerequisites=one_line(wishes.prerequisites)[:300],
            level=wishes.level or "",
            length=wishes.length or "",
            wanted_modules=wishes.modules,
            focus=with_line_feeds(wishes.focus),
            reviews_outline=self.reviews_outline,
        )
        course.full_clean(exclude=["slug"])
        course.save()
        return course


def _is_there(name: str, document: SourceDocument) -> str:
    where = "in an open addition" if document.course.adds_to_id else "in this course"
    same = "" if name == document.original_name else f" as \u201c{document.original_name}\u201d"
    return (
        f"\u201c{name}\u201d is {where} already{same}: nothing new would come of it. Leave it out."
    )


def first_steps(documents: Iterable[SourceDocument]) -> list[StepSpec]:
    """Returns the first steps: one to read and one to index each document. The outline waits for
    all."""
    steps: list[StepSpec] = []
    for document in documents:
        extract = StepSpec(
            key=f"extract:{document.pk}",
            stage="extract",
            name=f"Read {document.original_name}",
            parameters={"document": document.pk},
        )
        index = StepSpec(
            key=f"index:{document.pk}",
            stage="index",
            name=f"Index {document.original_name}",
            needs=(extract.key,),
            parameters={"document": document.pk},
        )
        steps += [extract, index]
    outline = StepSpec(
        key="outline",
        stage="outline",
        name="Plan modules and topics",
        needs=tuple(step.key for step in steps),
    )
    return [*steps, outline]


def check_language(language: str) -> None:
    """Raises ValidationError for a language that the course could not be written in."""
    if not language:
        return
    if not is_language(language):
        raise ValidationError(
            {"language": f"“{language[:20]}” is no language code; write for example hi or pt-BR."}
        )
    if settings.COURSE_ENGINE == EXTRACTIVE:
        raise ValidationError(
            {
                "language": "Without a language model a course is written in its documents' own "
                "language. Leave the language empty, or set up a model."
            }
        )


def title_from_name(name: str) -> str:
    words = PurePath(name).stem.replace("_", " ").replace("-", " ").split()
    title = " ".join(words)
    return title[:1].upper() + title[1:] if title else "Course"


def _new_document(
    course: Course, position: int, upload: Upload, storage_name: str
) -> SourceDocument:
    document = SourceDocument(
        course=course,
        position=position,
        file=storage_name,
        original_name=upload.name,
        sha256=upload.sha256,
        bytes=upload.size,
        page_range=upload.pages,
    )
    document.full_clean()
    document.save()
    return document


def _new_page(course: Course, position: int, address: str) -> SourceDocument:
    document = SourceDocument(
        course=course,
        position=position,
        original_name=page_name(address),
        address=address,
        sha256=sha256(address.encode()).hexdigest(),
        bytes=0,
    )
    document.full_clean(exclude=["file"])
    document.save()
    return document


def request_indexing() -> Job | None:
    """Queues a job that builds the missing indexes of courses. Returns None if no index
    is missing.
    """
    waiting = Job.objects.filter(kind=INDEX_PIPELINE, status=JobStatus.PENDING).first()
    steps = indexing_steps()
    if waiting or not steps:
        return waiting
    return create_job(kind=INDEX_PIPELINE, title="Build search indexes", steps=steps)


def indexing_steps() -> list[StepSpec]:
    """Returns one step, which indexes all courses that have no index when it runs; none if every
    course has one now.
    """
    if not unindexed_courses().exists():
        return []
    return [StepSpec(key="index", stage="index", name="Build search indexes")]


@atomic
def publish_course(course: Course) -> Course:
    """Shows a course to learners. All its lessons must be written."""
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    if locked.adds_to_id is not None:
        raise CourseStateError(
            "This is an addition: accept its lessons, and they come into the course that they were "
            "made for."
        )
    if locked.status == CourseStatus.GENERATING:
        raise CourseStateError("This course is still being made; publish it when it is done.")
    if locked.status == CourseStatus.OUTLINED:
        raise CourseStateError("Only the outline is there: have the lessons written first.")
    if not Topic.objects.filter(module__course=locked).exists():
        raise CourseStateError("This course has no topics to publish.")
    if Topic.objects.filter(module__course=locked, status=TopicStatus.PENDING).exists():
        raise CourseStateError("Some topics are not written yet; retry the course's job first.")
    is_new = locked.status != CourseStatus.PUBLISHED
    locked.status = CourseStatus.PUBLISHED
    locked.published_at = locked.published_at or timezone.now()
    locked.save(update_fields=["status", "published_at", "updated_at"])
    if is_new:
        course_published.send(sender=Course, course=locked)
    return locked


@atomic
def unpublish_course(course: Course) -> Course:
    """Hides a course from learners. Their attempts and scores are kept."""
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    if locked.status != CourseStatus.PUBLISHED:
        raise CourseStateError("Only a published course can be unpublished.")
    locked.status = CourseStatus.DRAFT
    locked.save(update_fields=["status", "updated_at"])
    return locked


def lock_course_of_job(job: Job) -> bool:
    """Locks the course that a job is about, if it still exists, as `jobs.pipelines` asks for."""
    return lock(Course.objects.filter(pk=job.parameters.get("course"))).first() is not None


def open_jobs_of(course: Course) -> QuerySet[Job]:
    """Returns the jobs that work on the course."""
    about = Q(parameters__course=course.pk) | Q(pk=course.job_id)
    return Job.objects.filter(about, status__in=OPEN_JOB)


def disturbing_jobs_of(course: Course) -> QuerySet[Job]:
    """Returns the jobs that make or change the course. Nobody adds one while the course is locked.

    Those that only index what was added, or read learners' answers, disturb nobody."""
    return open_jobs_of(course).exclude(kind__in=[ADDED_PIPELINE, WORDINGS_PIPELINE])


@atomic
def delete_course(course: Course) -> None:
    """Deletes a course with its documents' files; the files go when the transaction commits.

    Jobs that still work on it are cancelled. Raises Course.DoesNotExist if somebody else was
    faster.
    """
    locked = lock(Course.objects.filter(pk=course.pk), whole=True).get()
    # What was made to be added to it goes as well.
    going = [*lock(Course.objects.filter(adds_to=locked), whole=True), locked]
    for one in going:
        for job in open_jobs_of(one).order_by("pk"):
            # It may have ended a moment ago: then there is nothing to stop.
            with suppress(JobStateError):
                cancel_job(job)
    for one in going:
        _delete_locked(one)


def _delete_locked(locked: Course) -> None:
    # All that others lock on their way below it, so that nobody meets the deletion half way.
    course_deletion.send(sender=Course, course=locked)
    # Courses that were imported have documents without files.
    files = [document.file for document in locked.documents.all() if document.file]
    files += [figure.file for figure in Figure.objects.filter(document__course=locked, file__gt="")]
    folders = [picture_folder(document) for document in locked.documents.all()]
    number = locked.pk
    locked.delete()
    for file in files:
        # A store that does not answer now keeps it for the daily clean-up.
        transaction.on_commit(partial(file.storage.delete, file.name or ""), robust=True)
    for folder in folders:
        transaction.on_commit(partial(delete_page_pictures, folder), robust=True)
    transaction.on_commit(partial(drop_index, number), robust=True)
