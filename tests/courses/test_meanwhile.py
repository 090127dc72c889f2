"""What people do to a course while a step works on it: nothing is undone, nothing comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from courses import steps
from courses.editing import edit_course
from courses.engines import vector_store
from courses.indexing import collection_name
from courses.models import Course, CourseStatus, Passage, Topic
from courses.regeneration import request_rewrite
from courses.services import delete_course, request_course
from jobs.lease import claim_step
from jobs.models import Job, JobStatus, Step, StepStatus
from quizzes import steps as quiz_steps
from quizzes.models import Quiz
from quizzes.regeneration import request_quiz
from tests.api.world import client
from tests.factories import make_passage, make_superuser, make_teacher
from tests.pdfs import RIVERS, make_pdf, upload
from tests.queue import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_once")]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], object]], None]:
    """Have something done right before a function of a step is called for the first time."""

    def place(module: Any, name: str, act: Callable[[], object]) -> None:
        original = getattr(module, name)
        acted: list[object] = []

        def then(*args: Any, **kwargs: Any) -> Any:
            if not acted:
                acted.append(act())
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, then)

    return place


def delete() -> None:
    for course in Course.objects.all():
        delete_course(course)


def test_a_title_that_is_edited_while_the_course_is_planned_stays(before: Any) -> None:
    def edit() -> None:
        edit_course(course=Course.objects.get(), title="Mine", description="My words")

    job = request_course(files=[upload()], title="Theirs").job
    before(steps, "_store_outline", edit)
    assert work(job).status == JobStatus.COMPLETED
    course = Course.objects.get()
    assert (course.title, course.description) == ("Mine", "My words")
    assert (course.language, course.source_language) == ("en", "en")
    assert job.result is not None
    assert job.result["course_title"] == "Mine"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (steps, "_store_passages"),
        (steps, "index_document"),
        (steps, "_store_outline"),
        (quiz_steps, "_groups"),
        (steps, "_store_topic"),
        (quiz_steps, "_request"),
        (quiz_steps, "_store"),
        (steps, "_hand_over"),
        (steps, "set_course_result"),
    ],
)
def test_deleting_a_course_ends_its_steps_without_a_fault(
    module: Any, name: str, before: Any, caplog: pytest.LogCaptureFixture
) -> None:
    job = request_course(files=[upload()], publish=True).job
    number = Course.objects.get().pk
    before(module, name, delete)
    work(job)
    assert (job.status, job.error) == (JobStatus.CANCELLED, "")
    assert not Course.objects.exists()
    assert not Passage.objects.exists()
    assert "broke" not in caplog.text
    if name == "index_document":
        # Stored after the deletion, which had dropped what there was.
        assert collection_name(number) not in vector_store().collection_sizes()


def test_deleting_a_course_ends_its_rewriting(before: Any) -> None:
    work(request_course(files=[upload()]).job)
    course = Course.objects.get()
    job = request_rewrite(course=course, topics=Topic.objects.all())
    before(steps, "_replace_topic", delete)
    work(job)
    assert (job.status, job.error) == (JobStatus.CANCELLED, "")
    assert not Course.objects.exists()


def test_deleting_a_course_ends_the_making_of_its_quiz(before: Any) -> None:
    work(request_course(files=[upload()]).job)
    quiz = Quiz.objects.exclude(module=None).earliest("pk")
    job = request_quiz(course=quiz.course, module=quiz.module)
    before(quiz_steps, "_replace_questions", delete)
    work(job)
    assert (job.status, job.error) == (JobStatus.CANCELLED, "")
    assert not Quiz.objects.exists()


def test_deleting_a_course_cancels_all_its_jobs() -> None:
    work(request_course(files=[upload()]).job)
    course = Course.objects.get()
    rewrite = request_rewrite(course=course, topics=Topic.objects.all())
    delete_course(course)
    rewrite.refresh_from_db()
    assert rewrite.status == JobStatus.CANCELLED


def test_a_module_that_is_deleted_while_its_quiz_is_written_ends_the_job(before: Any) -> None:
    work(request_course(files=[upload()]).job)
    quiz = Quiz.objects.exclude(module=None).earliest("pk")
    module = quiz.module
    assert module is not None
    job = request_quiz(course=quiz.course, module=module)
    before(quiz_steps, "_replace_questions", module.delete)
    work(job)
    assert (job.status, job.error) == (JobStatus.CANCELLED, "")


def test_passages_that_are_gone_are_not_cited(before: Any) -> None:
    job = request_course(files=[upload()]).job
    before(steps, "_store_topic", lambda: Passage.objects.all().delete())
    work(job)
    assert job.status == JobStatus.FAILED
    assert "were replaced while it was written" in job.error


def test_a_worker_taken_for_dead_writes_nothing_into_the_course(
    before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its step was given to another worker, which has not written anything yet."""

    def steal() -> None:
        running = Step.objects.filter(status=StepStatus.RUNNING)
        number = running.get().pk
        running.update(lease_until="2020-01-01T00:00Z")
        assert claim_step(number)

    job: Job = request_course(files=[upload()]).job
    before(steps, "_store_topic", steal)
    work(job)
    assert set(Topic.objects.values_list("status", flat=True)) == {"pending"}
    assert Course.objects.get().status == CourseStatus.GENERATING


def test_the_language_of_most_text_is_not_that_of_the_longest_document() -> None:
    files = [upload(make_pdf([part]), f"{n}.pdf") for n, part in enumerate(RIVERS[:3])]
    course = request_course(files=files).course
    for document, (language, letters) in zip(
        course.documents.order_by("position"), [("de", 10), ("en", 6), ("en", 5)], strict=True
    ):
        type(document).objects.filter(pk=document.pk).update(language=language)
        make_passage(document, "x" * letters)
    assert steps._main_language(course) == "en"
    course.documents.update(language="")
    assert steps._main_language(course) == "en"


@pytest.mark.parametrize("goes", ["is deleted", "is deactivated"])
def test_an_account_that_goes_while_its_course_is_made_stops_nothing(
    before: Any, goes: str
) -> None:
    teacher = make_teacher()

    def leave() -> None:
        if goes == "is deleted":
            teacher.delete()
        else:
            User.objects.filter(pk=teacher.pk).update(is_active=False)

    job = request_course(files=[upload()], requested_by=teacher, publish=True).job
    before(steps, "_store_outline", leave)
    assert work(job).status == JobStatus.COMPLETED
    course = Course.objects.get()
    assert (course.owner is None) == (goes == "is deleted")
    assert Topic.objects.filter(module__course=course).exists()
    chief = client(make_superuser())
    assert chief.get(f"/api/jobs/{job.pk}").json()["state"] == JobStatus.COMPLETED
    assert chief.get(f"/api/courses/{course.slug}/").status_code == 200
