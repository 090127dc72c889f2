"""Changes to courses; the admin, the API and the shell all come through here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.direct import check_sent, use_up
from courses.generation.engines import EXTRACTIVE
from courses.ingestion.index import drop_index
from courses.language.names import is_language
from courses.models import Course, CourseStatus, SourceDocument, Topic, TopicStatus
from courses.signals import course_published
from courses.uploads import Upload, check_uploads, count_taken_in, refusals_counted, stored
from jobs.errors import JobStateError
from jobs.keys import job_of_key, remember_key
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import cancel_job, create_job
from rest.keys import check_key

PIPELINE = "course"


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
    files: Iterable[File[bytes]],
    sent: Collection[UUID] = (),
    title: str = "",
    requested_by: Any = None,
    publish: bool = False,
    language: str = "",
    key: str = "",
) -> CourseRequest:
    """Store the PDFs and queue the job that makes a course of them; nothing is parsed here.

    `sent` are ids of files that were sent to the store already (`courses.direct`).
    `publish` shows the course to learners as soon as it is done, without a review. `language`
    is a code such as "hi"; "" stands for the documents' own. A `key` makes the request safe to
    send again: the same person's same request gives the same job. Raises DocumentRejectedError,
    ValidationError or KeyReusedError before anything is kept.
    """
    check_language(language)
    check_key(key)
    with refusals_counted():
        uploads, repeated = check_uploads(files, check_sent(requested_by, sent))
    wanted = _Wanted(uploads, title, requested_by, publish, language, key)
    try:
        course = wanted.made_before() or wanted.make()
    except IntegrityError:
        # The same request, sent twice at once: the other one was faster.
        found = wanted.made_before()
        if found is None:
            raise
        course = found
    job = cast("Job", course.job)
    return CourseRequest(course, job, tuple(repeated))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A course to be made, as it was asked for."""

    uploads: Sequence[Upload]
    title: str
    owner: Any
    publish: bool
    language: str
    key: str

    def made_before(self) -> Course | None:
        job = job_of_key(self.owner, self.key, self._fingerprint()) if self.key else None
        if job is None:
            return None
        course = Course.objects.select_related("job").filter(job=job).first()
        if course is None:
            raise CourseStateError("The course of this request was deleted; use another key.")
        return course

    def make(self) -> Course:
        with refusals_counted(), stored(self.uploads) as names, transaction.atomic():
            use_up(self.uploads)
            course = _new_course(self.title or title_from_name(self.uploads[0].name), self.owner)
            documents = [
                _new_document(course, position, upload, names[upload.sha256])
                for position, upload in enumerate(self.uploads, start=1)
            ]
            course.job = job = create_job(
                kind=PIPELINE,
                title=course.title,
                requested_by=self.owner,
                parameters={
                    "course": course.pk,
                    "publish": self.publish,
                    "language": self.language,
                },
                steps=first_steps(documents),
            )
            course.save(update_fields=["job"])
            if self.key:
                remember_key(self.owner, self.key, self._fingerprint(), job)
            transaction.on_commit(partial(count_taken_in, self.uploads))
        return course

    def _fingerprint(self) -> str:
        files = [upload.sha256 for upload in self.uploads]
        words = json.dumps([files, self.title, self.publish, self.language])
        return hashlib.sha256(words.encode()).hexdigest()


def first_steps(documents: Iterable[SourceDocument]) -> list[StepSpec]:
    """Each document is read and indexed by steps of its own; the outline waits for all."""
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


def _new_course(title: str, owner: Any) -> Course:
    clean = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if not clean:
        raise ValidationError({"title": "Give the course a title."})
    course = Course(title=clean[:255], owner=owner, engine=settings.COURSE_ENGINE)
    course.full_clean(exclude=["slug"])
    course.save()
    return course


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
    )
    document.full_clean()
    document.save()
    return document


@transaction.atomic
def publish_course(course: Course) -> Course:
    """Show a course to learners. It must have been written to the end."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.status == CourseStatus.GENERATING:
        raise CourseStateError("This course is still being made; publish it when it is done.")
    if not Topic.objects.filter(module__course=locked).exists():
        raise CourseStateError("This course has no topics to publish.")
    if Topic.objects.filter(module__course=locked, status=TopicStatus.PENDING).exists():
        raise CourseStateError("Some topics are not written yet; retry the course's job first.")
    is_new = locked.status != CourseStatus.PUBLISHED
    locked.status = CourseStatus.PUBLISHED
    locked.published_at = locked.published_at or timezone.now()
    locked.save()
    if is_new:
        course_published.send(sender=Course, course=locked)
    return locked


@transaction.atomic
def unpublish_course(course: Course) -> Course:
    """Take a course back from learners. Their attempts and scores are kept."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.status != CourseStatus.PUBLISHED:
        raise CourseStateError("Only a published course can be unpublished.")
    locked.status = CourseStatus.DRAFT
    locked.save()
    return locked


@transaction.atomic
def delete_course(course: Course) -> None:
    """Delete a course with its documents' files; the files go when the transaction commits.

    A job that still works on it is cancelled first.
    """
    if course.job is not None:
        # The job may have ended a moment ago: then there is nothing to stop.
        with suppress(JobStateError):
            cancel_job(course.job)
    # Courses that were imported have documents without files.
    files = [document.file for document in course.documents.all() if document.file]
    number = course.pk
    course.delete()
    for file in files:
        transaction.on_commit(partial(file.storage.delete, file.name or ""))
    transaction.on_commit(partial(drop_index, number), robust=True)
