"""A whole course through each of the ten most used providers, as they are played."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from courses.models import Topic, TopicStatus
from courses.services import request_course
from jobs.models import JobStatus
from quizzes.models import Question, Quiz
from tests.llm_server import LLMServer
from tests.llm_server.plays import MOST_USED, PLAYS
from tests.pdfs import upload
from tests.queue import work

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("read_once")]


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int, llm: LLMServer) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.MODULE_QUIZ_SIZE, settings.COURSE_QUIZ_SIZE = 4, 4


@pytest.mark.parametrize("name", MOST_USED)
def test_a_course_gets_through_what_its_provider_does(
    llm: LLMServer, settings: Settings, name: str
) -> None:
    """One topic refused, one answer of a wrong form, one cut off, one pause."""
    settings.LLM_PROVIDER = "azure" if name == "azure" else "custom"
    errors = PLAYS[name].errors
    refused = "play:filter" if "filter" in errors else "filtered"
    once = {"share": 1.0, "times": 1}
    faults = [
        {"name": refused, "schema": "WrittenTopic", **once},
        {"name": "wrong_schema", "schema": "WrittenTopic", **once},
        {"name": "length", "schema": "WrittenQuestions", **once},
        {"name": "play:rate" if "rate" in errors else "rate_limit", "seconds": 0.01, **once},
    ]
    llm.configure(play=name, faults=faults, retry_after=0.01)
    job = work(request_course(files=[upload()]).job)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    topics = Topic.objects.all()
    assert {topic.status for topic in topics} == {TopicStatus.WRITTEN}
    left_to_staff = topics.filter(content="This lesson is not written yet.")
    assert left_to_staff.count() == (1 if "filter" in errors else 0)
    assert not topics.filter(content__contains="Draft.").exists()
    assert Quiz.objects.count() == topics.values("module").distinct().count() + 1
    assert Question.objects.exists()
    outcomes = llm.stats()["by_outcome"]
    assert {refused, "wrong_schema", "length"} <= set(outcomes)
    assert job.calls == llm.stats()["by_status"]["200"] > 0
