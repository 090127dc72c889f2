"""A course by a language model, through every step, with the real client over HTTP."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.models import Citation, Course, CourseStatus, Topic, TopicStatus
from courses.services import request_course
from engine.lessons.blocks import BlockKind, lesson_blocks
from jobs.models import Job, JobStatus, Step
from jobs.services import retry_job
from profai.environment import BASE_DIR
from quizzes.models import Choice, Question, QuestionStatus, Quiz
from tests.factories import make_course, make_editor
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_once")]

SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
PAGES = 4


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int, llm: LLMServer) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LLM_TRIES = 2
    settings.MODULE_QUIZ_SIZE, settings.COURSE_QUIZ_SIZE = 8, 8


def sample() -> SimpleUploadedFile:
    return upload(SAMPLE.read_bytes(), SAMPLE.name)


@cache
def beginning() -> bytes:
    with pikepdf.open(SAMPLE) as whole, BytesIO() as part:
        del whole.pages[PAGES:]
        whole.save(part, deterministic_id=True)
        return part.getvalue()


def part() -> SimpleUploadedFile:
    """Some topics are enough where the fate of one is looked at."""
    return upload(beginning(), SAMPLE.name)


def make(**values: object) -> Job:
    values.setdefault("files", [upload()])
    return work(request_course(**values).job)  # type: ignore[arg-type] # passed on as they are


def always(llm: LLMServer, name: str, **more: object) -> None:
    llm.configure(faults=[{"name": name, "share": 1.0, **more}])


def test_a_model_writes_the_course_from_its_sources(llm: LLMServer) -> None:
    job = make(files=[sample()])
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course = Course.objects.get()
    assert (course.status, course.engine, course.model) == (CourseStatus.DRAFT, "llm", "stand-in")
    for topic in Topic.objects.all():
        assert (topic.status, topic.engine) == (TopicStatus.WRITTEN, "llm")
        assert topic.citations.exists()
        assert topic.claims.filter(verdict="stated", checked_by="rules").exists()
        assert topic.claims.filter(verdict="stated", checked_by="critic").exists()
        assert not topic.claims.filter(verdict="not_checked").exists()
        kinds = Counter(block.kind for block in lesson_blocks(topic.content))
        assert kinds[BlockKind.WHY] == kinds[BlockKind.SUMMARY] == 1
        assert kinds[BlockKind.CHECK] == 2
    assert course.title.endswith(": an introduction")
    assert course.description
    assert course.audience == "Everybody who wants to know."
    assert {level for module in course.modules.all() for level in module.levels} == {"understand"}
    for citation in Citation.objects.select_related("passage"):
        assert citation.quote in citation.passage.text
    for quiz in Quiz.objects.all():
        assert quiz.engine == "llm"
        assert 4 <= quiz.questions.exclude(status=QuestionStatus.REJECTED).count() <= 8
    assert Choice.objects.filter(is_correct=False).exclude(feedback="").exists()
    assert not Choice.objects.filter(is_correct=True).exclude(feedback="").exists()


@pytest.mark.slow
def test_positions_and_difficulties_are_spread(llm: LLMServer, settings: Settings) -> None:
    settings.MODULE_QUIZ_SIZE = 10
    make(files=[sample()])
    quiz = Quiz.objects.exclude(module=None).order_by("pk")[0]
    asked = quiz.questions.exclude(status=QuestionStatus.REJECTED)
    places = Counter(
        Choice.objects.filter(question__in=asked, is_correct=True).values_list(
            "position", flat=True
        )
    )
    assert max(places.values()) - min(places.values()) <= 1
    found = Counter(asked.values_list("difficulty", flat=True))
    assert found <= Counter(easy=4, medium=4, hard=2)
    assert len(found) == 3
    assert found.total() >= 8


def test_what_it_cost_is_added_up(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PRICES = {"stand-in": [1, 2]}
    job = make()
    steps = Step.objects.filter(job=job)
    assert job.calls == llm.stats()["calls"] == sum(step.calls for step in steps) > 3
    assert job.cost == sum(step.cost for step in steps)
    expected = Decimal(job.tokens_in + 2 * job.tokens_out) / 1_000_000
    assert job.cost == pytest.approx(expected, abs=Decimal("0.0001"))
    course = Course.objects.get()
    assert (course.calls, course.tokens_in, course.tokens_out, course.cost) == (
        job.calls,
        job.tokens_in,
        job.tokens_out,
        job.cost,
    )
    Job.objects.update(completed_at="2020-01-01T00:00Z")
    call_command("cleanup", "--apply")
    assert not Job.objects.exists()
    assert Course.objects.get().cost == job.cost
    teacher = APIClient()
    teacher.force_authenticate(make_editor())
    usage = teacher.get(f"/api/courses/{course.slug}/usage/").json()
    assert Decimal(usage["cost"]) == job.cost


def test_what_courses_cost_before_is_taken_from_the_jobs_that_are_left() -> None:
    fill = import_module("courses.migrations.0008_usage").FILL
    course, other = make_course("One"), make_course("Other")
    for cost in (1, 2):
        used = {"calls": 3, "tokens_in": 5, "tokens_out": 7, "cost": cost}
        Job.objects.create(kind="course", parameters={"course": course.pk}, **used)
    with connection.cursor() as cursor:
        cursor.execute(fill)
    course.refresh_from_db()
    assert (course.calls, course.tokens_in, course.tokens_out, course.cost) == (
        *(6, 10, 14),
        Decimal(3),
    )
    other.refresh_from_db()
    assert other.calls == 0


@pytest.mark.slow
def test_a_budget_stops_the_job_and_keeps_what_is_finished(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_PRICES = {"stand-in": [1000, 1000]}
    settings.LLM_CONCURRENCY = 1
    settings.LLM_JOB_BUDGET = 9
    job = make(files=[part()])
    assert job.status == JobStatus.FAILED
    assert "budget of $9.00" in job.error
    assert job.can_retry
    done = set(Topic.objects.filter(status=TopicStatus.WRITTEN).values_list("pk", flat=True))
    assert done
    calls = llm.stats()["calls"]
    settings.LLM_JOB_BUDGET = 0
    job = work(retry_job(job))
    assert job.status == JobStatus.COMPLETED
    # Nothing that was finished is asked for again.
    assert Topic.objects.count() == llm.stats()["by_schema"]["WrittenTopic"]
    assert llm.stats()["calls"] > calls


def test_a_limit_of_tokens_works_without_prices(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_JOB_TOKENS = 300
    job = make()
    assert "limit is 300" in job.error
    assert job.status == JobStatus.FAILED


def test_a_wrong_key_fails_the_job_at_once_with_words(llm: LLMServer) -> None:
    llm.configure(key="another")
    job = make()
    assert job.status == JobStatus.FAILED
    assert "Check LLM_API_KEY" in job.error
    assert job.can_retry
    assert llm.stats()["calls"] == 1
    llm.configure(key="")
    assert work(retry_job(job)).status == JobStatus.COMPLETED


@pytest.mark.slow
def test_one_bad_topic_does_not_stop_the_others(llm: LLMServer) -> None:
    always(llm, "prose", schema="WrittenTopic", times=9)
    job = make(files=[part()])
    assert job.status == JobStatus.COMPLETED
    assert not Topic.objects.filter(status=TopicStatus.PENDING).exists()
    per_topic = Counter(
        call["digest"]
        for call in llm.requests()
        if (call["schema"], call["outcome"]) == ("WrittenTopic", "answered")
    )
    assert max(per_topic.values()) == 1


FILTERED = "The provider's filter refused"


def test_a_filtered_topic_is_marked_and_the_course_goes_on(llm: LLMServer) -> None:
    llm.configure(play="azure")
    always(llm, "play:filter", schema="WrittenTopic", times=1)
    job = make(files=[part()])
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    (marked,) = [topic for topic in Topic.objects.all() if FILTERED in "".join(topic.flags)]
    assert "Write it by hand" in marked.flags[0]
    assert not Topic.objects.exclude(pk=marked.pk).filter(status=TopicStatus.PENDING).exists()
    # Asking for it again cannot help.
    assert llm.stats()["by_outcome"]["play:filter"] == 1
    assert llm.stats()["by_schema"]["WrittenTopic"] == Topic.objects.count()


@pytest.mark.slow
def test_a_filtered_topic_is_the_extractive_engine_s_where_that_is_wanted(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_FALLBACK = "extractive"
    llm.configure(play="azure")
    always(llm, "play:filter", schema="WrittenTopic", times=1)
    assert make(files=[part()]).status == JobStatus.COMPLETED
    (other,) = Topic.objects.filter(engine="extractive")
    assert FILTERED in other.flags[0]
    assert other.citations.exists()


def test_a_topic_without_a_usable_answer_is_kept_for_staff_at_once(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True)
    make()
    title = Topic.objects.order_by("pk")[0].title
    asked = f"Topic: {title}\n"
    before = llm.stats()["calls"]
    always(llm, "prose", schema="WrittenTopic", within=asked)
    job = make()
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course = Course.objects.latest("pk")
    topics = Topic.objects.filter(module__course=course)
    (marked,) = [topic for topic in topics if topic.refused]
    assert marked.title == title
    assert "no usable answer" in marked.flags[0]
    calls = llm.requests()[before:]
    # Three asks of one call; another try of the step would only be slow.
    assert sum(asked in one["prompt"] and one["schema"] == "WrittenTopic" for one in calls) == 3


@pytest.mark.parametrize("fault", ["play:filter", "prose"])
def test_an_outline_without_an_answer_is_made_from_the_headings(llm: LLMServer, fault: str) -> None:
    llm.configure(play="azure")
    always(llm, fault, schema="CourseOutline")
    job = make(files=[part()])
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert any("outline was made from the documents' own" in n for n in Course.objects.get().notes)
    assert {topic.engine for topic in Topic.objects.all()} == {"llm"}
    assert llm.stats()["by_schema"]["CourseOutline"] == (1 if "filter" in fault else 3)


@pytest.mark.slow
def test_a_filtered_question_leaves_the_others(llm: LLMServer) -> None:
    llm.configure(play="azure")
    always(llm, "play:filter", schema="WrittenQuestions", times=1)
    job = make(files=[part()])
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert all(quiz.questions.exists() for quiz in Quiz.objects.all())
    assert any(FILTERED in note for quiz in Quiz.objects.all() for note in quiz.notes)


@pytest.mark.slow
def test_thoughts_become_no_lessons(llm: LLMServer) -> None:
    llm.configure(play="mistral")
    assert make(files=[part()]).status == JobStatus.COMPLETED
    assert not Topic.objects.filter(content__contains="Draft.").exists()
    assert not Question.objects.filter(stem__contains="Draft.").exists()


def test_a_provider_that_stays_away_fails_the_job_and_keeps_what_is_there(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_TRIES = 1
    always(llm, "server_error", schema="WrittenQuestions")
    job = make()
    assert job.status == JobStatus.FAILED
    assert "has a fault of its own (500)" in job.error
    assert Topic.objects.filter(status=TopicStatus.WRITTEN).count() == Topic.objects.count() > 0


@pytest.mark.parametrize("schema", ["CourseOutline", "WrittenTopic", "WrittenQuestions"])
def test_the_extractive_engine_finishes_where_that_is_wanted(
    llm: LLMServer, settings: Settings, schema: str
) -> None:
    settings.LLM_FALLBACK = "extractive"
    always(llm, "quota", schema=schema)
    job = make()
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    course = Course.objects.get()
    mark = "without a model, because the model's provider is away or refuses our calls"
    if schema == "CourseOutline":
        assert any(mark in note for note in course.notes)
        assert course.model == "extractive-1"
    elif schema == "WrittenTopic":
        assert {topic.engine for topic in Topic.objects.all()} == {"extractive"}
        assert all(mark in topic.flags[0] for topic in Topic.objects.all())
    else:
        assert {quiz.engine for quiz in Quiz.objects.all()} == {"extractive"}
        assert all(any(mark in note for note in quiz.notes) for quiz in Quiz.objects.all())


def test_after_a_lasting_refusal_the_step_asks_no_more(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_FALLBACK, settings.LLM_CONCURRENCY = "extractive", 1
    always(llm, "quota", schema="WrittenTopic")
    make(files=[part()])
    refused = llm.stats()["by_outcome"]["quota"]
    assert refused <= 2 * Step.objects.filter(stage="write").count() < Topic.objects.count()


def test_a_passing_fault_is_no_reason_to_fall_back(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_FALLBACK, settings.LLM_TRIES = "extractive", 1
    always(llm, "server_error", schema="CourseOutline", times=1)
    make()
    assert Course.objects.get().model == "stand-in"


def test_wrong_settings_fail_the_job_with_words(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL = ""
    job = make()
    assert job.status == JobStatus.FAILED
    assert "No model is named" in job.error


# --- language


def test_a_course_in_another_language_keeps_the_words_of_its_source(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True)
    make(language="hi")
    course = Course.objects.get()
    assert (course.language, course.source_language) == ("hi", "en")
    # What the critic of claims says is for staff.
    prompts = [call["prompt"] for call in llm.requests() if call["schema"] != "JudgedClaims"]
    assert all("Write everything in Hindi." in prompt for prompt in prompts)
    assert all("The passages are in English" in prompt for prompt in prompts)
    for citation in Citation.objects.select_related("passage"):
        assert citation.quote in citation.passage.text


def test_the_language_of_the_documents_is_the_default(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True)
    make()
    assert Course.objects.get().language == "en"
    assert "Write everything in English." in llm.requests()[0]["prompt"]
    assert "translate" not in llm.requests()[0]["prompt"]


@pytest.mark.parametrize("language", ["klingonish", "e", "hi_IN_with_much_more", "<b>"])
def test_no_language_is_told(llm: LLMServer, language: str) -> None:
    with pytest.raises(ValidationError, match="is no language code"):
        make(language=language)
    assert not Course.objects.exists()


def test_without_a_model_there_is_no_translation(settings: Settings) -> None:
    settings.COURSE_ENGINE = "extractive"
    with pytest.raises(ValidationError, match="Leave the language empty"):
        make(language="hi")


# --- what models get wrong


@pytest.mark.slow
def test_a_topic_that_the_passages_do_not_carry_says_so(llm: LLMServer) -> None:
    always(llm, "unsupported", schema="WrittenTopic", times=1)
    assert make(files=[part()]).status == JobStatus.COMPLETED
    says = "The material is thin here. The passages say nothing on tides."
    topic = Topic.objects.get(flags__contains=[says])
    assert topic.flags == [says]
    assert topic.content == "The passages say nothing on tides."
    assert not topic.citations.exists()


def test_rejected_questions_are_kept_with_their_reasons(llm: LLMServer) -> None:
    always(llm, "invented_citations", schema="WrittenQuestions")
    job = make()
    assert job.status == JobStatus.COMPLETED
    rejected = Question.objects.filter(status=QuestionStatus.REJECTED)
    assert rejected.exists()
    for question in rejected:
        assert "quote_not_in_passage" in {issue["code"] for issue in question.check_results}
    assert all(quiz.status == "empty" for quiz in Quiz.objects.all())
