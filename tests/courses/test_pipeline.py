"""From a PDF to a course with quizzes, through every step, on the real parts."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from courses.indexing import index_document
from courses.models import Course, CourseStatus, DocumentStatus, Passage, SourceDocument, Topic
from courses.retrieval import search_course
from courses.services import request_course
from engine.llm.errors import AIError
from jobs.models import Job, JobStatus
from jobs.runner import run_step
from jobs.services import cancel_job, retry_job
from profai.environment import BASE_DIR
from quizzes.models import Question, Quiz, QuizStatus
from tests.conftest import free_port
from tests.factories import make_course
from tests.pdfs import RIVERS, make_pdf, upload
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: object, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


def make(content: bytes | None = None, **values: object) -> Job:
    return work(request_course(files=[upload(content)], **values).job)  # type: ignore[arg-type] # passed on as they are


def test_a_pdf_becomes_a_reviewed_draft_with_quizzes() -> None:
    job = make(title="Rivers")
    assert (job.status, job.error, job.progress) == (JobStatus.COMPLETED, "", 100)
    course = Course.objects.get()
    assert job.result == {
        "course_id": course.pk,
        "course_title": "Rivers",
        "course_slug": course.slug,
        "modules": course.modules.count(),
    }
    assert (course.status, course.engine) == (CourseStatus.DRAFT, "extractive")
    document = course.documents.get()
    assert (document.status, document.pages) == (DocumentStatus.INDEXED, 1)
    for topic in Topic.objects.all():
        assert topic.status == "written"
        assert topic.citations.exists()
    for quiz in Quiz.objects.filter(status=QuizStatus.READY):
        assert quiz.questions.exists()
    assert Quiz.objects.filter(module=None).count() == 1


def test_every_question_has_one_right_choice_and_a_source() -> None:
    make((BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes())
    questions = Question.objects.exclude(status="rejected")
    assert {"single", "numeric", "matching"} <= {question.format for question in questions}
    for question in questions:
        if question.format == "single":
            assert question.choices.filter(is_correct=True).count() == 1
            assert question.choices.count() >= 3
        else:
            assert question.typed_body
        assert question.passage is not None
        assert question.quote in question.passage.text


@pytest.mark.slow
def test_the_same_file_gives_the_same_course() -> None:
    def content(course: Course) -> list[tuple[object, ...]]:
        topics = Topic.objects.filter(module__course=course)
        questions = Question.objects.filter(quiz__course=course)
        return [
            *topics.order_by("pk").values_list("module__title", "title", "content"),
            *questions.order_by("pk", "choices__position").values_list(
                "stem", "choices__text", "explanation"
            ),
        ]

    make(title="One")
    make(title="One")
    first, second = Course.objects.order_by("pk")
    assert content(first) == content(second)


def test_publishing_can_be_asked_for_with_the_upload() -> None:
    make(title="Rivers", publish=True)
    course = Course.objects.get()
    # Nobody has read its questions: learners are asked them, and told so.
    assert (course.status, course.asks_drafts) == (CourseStatus.PUBLISHED, True)


def test_search_finds_the_passage() -> None:
    make(title="Rivers")
    found = search_course(Course.objects.get(), "What is a delta?")
    assert "delta" in found[0].passage.text
    assert found == sorted(found, key=lambda item: -item.score)


def test_words_that_stand_nowhere_do_not_break_the_search() -> None:
    make(title="Rivers")
    search_course(Course.objects.get(), "zzz qqq")


def test_a_file_that_cannot_be_read_leaves_its_reason_and_nothing_else() -> None:
    job = make(make_pdf()[:200])
    assert job.status == JobStatus.FAILED
    assert job.error.startswith("rivers.pdf: ")
    assert not job.can_retry
    assert not Course.objects.exists()
    assert not Passage.objects.exists()


def test_its_file_is_deleted_too(django_capture_on_commit_callbacks: object) -> None:
    made = request_course(files=[upload(make_pdf()[:200])])
    name = made.course.documents.get().file.name
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # a fixture function
        work(made.job)
    assert not default_storage.exists(str(name))


def test_a_vector_store_that_is_away_fails_the_job_and_a_retry_finishes_it(
    settings: Settings, chroma_port: int
) -> None:
    settings.CHROMA_PORT = free_port()
    job = make(title="Rivers")
    assert job.status == JobStatus.FAILED
    assert "does not answer" in job.error
    settings.CHROMA_PORT = chroma_port
    assert work(retry_job(job)).status == JobStatus.COMPLETED


def test_a_course_deleted_on_the_way_ends_its_job() -> None:
    made = request_course(files=[upload()])
    Course.objects.all().delete()
    assert work(made.job).status in (JobStatus.CANCELLED, JobStatus.FAILED)


def test_a_cancelled_job_keeps_what_is_done() -> None:
    made = request_course(files=[upload()])
    first = OrmQ.objects.order_by("id")[0]
    run_step(first.task["args"][0])
    cancel_job(made.job)
    assert work(made.job).status == JobStatus.CANCELLED
    assert Passage.objects.exists()
    assert work(retry_job(made.job)).status == JobStatus.COMPLETED


def test_another_embedding_model_rebuilds_the_index(settings: Settings) -> None:
    make(title="Rivers")
    SourceDocument.objects.update(index_model="an-older-model")
    document = SourceDocument.objects.get()
    index_document(document)
    assert SourceDocument.objects.get().index_model != "an-older-model"
    assert search_course(document.course, "delta")


def test_search_without_an_index_says_so() -> None:
    with pytest.raises(AIError, match="reindex"):
        search_course(make_course(), "anything")


@pytest.mark.parametrize(
    "sections",
    [
        [("", "Water is a liquid that covers most of the Earth.")],
        [("", "A river carries water and sand to the sea, day and night. " * 60)],
        [("Springs", RIVERS[0][1]), ("", RIVERS[1][1] * 8), ("", RIVERS[2][1] * 8)],
    ],
    ids=["one sentence", "no headings", "few headings"],
)
def test_little_or_plain_material_still_gives_a_course(sections: list[tuple[str, str]]) -> None:
    job = make(make_pdf(sections), title="Small")
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course = Course.objects.get()
    assert course.modules.count() >= 1
    assert all(topic.content for topic in Topic.objects.all())
    for quiz in course.quizzes.filter(status=QuizStatus.EMPTY):
        assert quiz.notes


def test_several_files_become_one_course_in_their_order() -> None:
    files = [
        upload(make_pdf([RIVERS[2]]), "third.pdf"),
        upload(make_pdf([RIVERS[0]]), "first.pdf"),
    ]
    job = work(request_course(files=files, title="Two files").job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    documents = list(SourceDocument.objects.values_list("original_name", flat=True))
    assert documents == ["third.pdf", "first.pdf"]
    first = Topic.objects.order_by("module__position", "position")[0]
    assert "meander" in first.content


def test_one_bad_file_of_several_fails_the_job_and_is_named() -> None:
    files = [upload(), upload(make_pdf()[:200], "broken.pdf")]
    job = work(request_course(files=files).job)
    assert job.status == JobStatus.FAILED
    assert job.error.startswith("broken.pdf: ")
    assert not Course.objects.exists()
