"""Indexes that agree with the passages in the database, whatever was in Chroma before."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from courses.indexing import (
    collection_name,
    forget_indexes,
    index_course,
    index_document,
    unindexed_courses,
)
from courses.models import Course, Passage
from courses.retrieval import search_course
from courses.services import request_indexing
from engine.search.embeddings import embedder
from exchange.old_json.runs import request_import
from jobs.models import JobStatus
from tests.factories import make_course, make_passage
from tests.queue import work

pytestmark = pytest.mark.django_db
DELTA = "A delta forms where a river meets the sea."


@pytest.fixture
def course(chroma: int) -> Course:
    course = make_course()
    make_passage(course.documents.get(), DELTA)
    return course


def leave_behind(course: Course, *, model: str) -> None:
    """What a course of the same number left in Chroma before the database was restored."""
    vector_store().replace_group(
        collection_name(course.pk),
        model=model,
        group="999999",
        groups=["999999"],
        ids=["999999"],
        vectors=embedder().embed([DELTA]),
    )


@pytest.mark.parametrize("model", [embedder().name, "another"])
def test_a_new_course_takes_over_no_vector_of_an_old_one(course: Course, model: str) -> None:
    leave_behind(course, model=model)
    index_document(course.documents.get())
    passages = Passage.objects.filter(document__course=course)
    assert vector_store().collection_sizes()[collection_name(course.pk)] == passages.count()
    assert search_course(course, DELTA)[0].passage.text == DELTA


def test_a_document_that_is_read_again_leaves_no_vector(course: Course) -> None:
    document = course.documents.get()
    index_document(document)
    document.passages.filter(text=DELTA).delete()
    count = index_document(document)
    assert vector_store().collection_sizes()[collection_name(course.pk)] == count


def test_lost_indexes_are_built_again_by_one_job(course: Course) -> None:
    index_course(course)
    assert request_indexing() is None
    vector_store().delete_collection(collection_name(course.pk))
    forget_indexes()
    job = request_indexing()
    assert job is not None
    assert request_indexing() == job
    assert work(job).status == JobStatus.COMPLETED
    assert search_course(course, DELTA)[0].passage.text == DELTA
    assert not unindexed_courses().exists()


def test_an_import_is_searched_when_its_job_has_ended(
    course: Course, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "course.json"
    call_command("export_course", course.slug, output=file)
    index_course(course)
    settings.MEDIA_ROOT = tmp_path / "media"
    run = request_import(file=SimpleUploadedFile("course.json", file.read_bytes()))
    assert run.job is not None
    assert work(run.job).status == JobStatus.COMPLETED
    made = Course.objects.exclude(pk=course.pk).get()
    assert search_course(made, DELTA)[0].passage.document.course == made


def test_the_command_has_what_it_took_in_indexed(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "course.json"
    call_command("export_course", course.slug, output=file)
    index_course(course)
    call_command("import_json", str(file), "--dry-run")
    assert "search indexes" not in capsys.readouterr().out
    call_command("import_json", str(file))
    assert "The workers build the search indexes" in capsys.readouterr().out
    job = request_indexing()
    assert job is not None
    work(job)
    made = Course.objects.exclude(pk=course.pk).get()
    assert search_course(made, DELTA)


def test_a_course_without_documents_has_nothing_to_find(chroma: int) -> None:
    course = make_course()
    course.documents.all().delete()
    assert search_course(course, DELTA) == []
