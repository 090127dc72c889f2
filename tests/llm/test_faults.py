"""A provider that fails one call in five, in every way: all courses are made, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from courses.models import Course, CourseStatus, Topic, TopicStatus
from courses.services import request_course
from jobs.models import JobStatus
from profai.environment import BASE_DIR
from quizzes.models import Quiz
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
WAYS = (
    *("rate_limit", "server_error", "overloaded", "drop", "cut", "slow_stream", "garbage"),
    *("truncated", "length", "empty", "prose", "wrong_schema", "refusal", "oversized"),
    *("invented_citations", "injection", "obey"),
)
# What a call may be made again for by itself; the others are answers, which go back.
TRANSPORT = {"server_error", "overloaded", "drop", "cut", "slow_stream", "garbage"}
TRIES, ASKS = 4, 3


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int, llm: LLMServer) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LLM_TRIES, settings.LLM_ASKS, settings.LLM_TIMEOUT = TRIES, ASKS, 1
    settings.LLM_CONCURRENCY = 16
    settings.MODULE_QUIZ_SIZE, settings.COURSE_QUIZ_SIZE = 8, 8


def test_all_courses_complete_and_nothing_is_missing_or_doubled(llm: LLMServer) -> None:
    share = 0.2 / len(WAYS)
    llm.configure(retry_after=0.1, faults=[{"name": name, "share": share} for name in WAYS])
    jobs = [
        request_course(files=[upload(SAMPLE.read_bytes(), SAMPLE.name)], title=f"Water {n}").job
        for n in range(2)
    ]
    for job in jobs:
        done = work(job)
        assert (done.status, done.error) == (JobStatus.COMPLETED, "")
    for course in Course.objects.all():
        assert course.status == CourseStatus.DRAFT
        topics = Topic.objects.filter(module__course=course)
        assert set(topics.values_list("status", flat=True)) == {TopicStatus.WRITTEN}
        assert all(topic.citations.exists() for topic in topics)
        quizzes = Quiz.objects.filter(course=course)
        assert quizzes.count() == course.modules.count() + 1
    failed = Counter(call["outcome"] for call in llm.requests())
    assert failed.total() - failed["answered"] > 0.1 * failed.total()
    _no_call_is_made_too_often(llm)


def _no_call_is_made_too_often(llm: LLMServer) -> None:
    """The same words are sent again for faults of transport only, and within the tries."""
    faults = Counter(
        (call["digest"], call["outcome"] in TRANSPORT)
        for call in llm.requests()
        if call["outcome"] != "rate_limit"
    )
    steps = 3
    for (digest, is_fault), count in faults.items():
        limit = (TRIES - 1 if is_fault else 1) * steps * len(Course.objects.all())
        assert count <= limit, (digest, is_fault, count)
