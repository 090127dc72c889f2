"""Learners ask a course: answers of a model with sources, sentences without one, limits, costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from courses.models import AnsweredQuestion, Course, Passage
from courses.question_answering import answer_question
from courses.retrieval import search_course
from courses.services import request_course
from tests.factories import make_learner
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db

QUESTION = "What are springs and deltas?"


@pytest.fixture(autouse=True)
def parts(settings: Settings, tmp_path: Path, chroma: int) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def course() -> Course:
    work(request_course(files=[upload()], publish=True).job)
    return Course.objects.get()


@pytest.fixture
def learner() -> User:
    return make_learner()


def test_a_model_answers_with_its_sources(
    course: Course, learner: User, llm: LLMServer, settings: Settings, client: Client
) -> None:
    settings.LLM_PRICES = {"stand-in": [1, 2]}
    before = course.calls
    found = answer_question(course, QUESTION, person=learner)
    assert "[^1]" in found.text
    assert found.passages
    (row,) = AnsweredQuestion.objects.all()
    assert (row.person, row.course) == (learner, course)
    assert row.cost > 0
    course.refresh_from_db()
    assert (course.calls, course.cost) == (before + 1, row.cost)
    client.force_login(learner)
    page = client.post(f"/courses/{course.slug}/ask/", {"question": QUESTION})
    assert 'href="#citation-1"' in page.text
    assert "Written by a language model" in page.text
    settings.LLM_ASK_DAILY = 2
    limited = answer_question(course, QUESTION, person=learner)
    assert "the limit" in limited.notice
    assert limited.quotes
    assert AnsweredQuestion.objects.count() == 2


def test_a_model_that_is_away_leaves_the_sentences(
    course: Course, learner: User, llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_TRIES = 1
    llm.configure(faults=[{"name": "server_error", "share": 1.0, "schema": "AnswerToLearner"}])
    found = answer_question(course, QUESTION, person=learner)
    assert found.quotes
    assert "just now" in found.notice
    assert not AnsweredQuestion.objects.exists()


def test_without_a_model_sentences_answer_and_nothing_where_nothing_fits(
    course: Course, learner: User, client: Client
) -> None:
    found = answer_question(course, QUESTION, person=learner)
    assert found.quotes
    assert not found.text
    assert answer_question(course, "zzzz", person=learner).is_silent
    client.force_login(learner)
    page = client.post(f"/courses/{course.slug}/ask/", {"question": "zzzz"})
    assert "The material does not say" in page.text
    assert "Ask in your own words" in client.get(f"/courses/{course.slug}/ask/").text


def test_what_is_left_out_of_the_course_is_not_searched(course: Course) -> None:
    assert search_course(course, "zzzz") == []
    (best, *_) = search_course(course, QUESTION, taught=True)
    for topic in best.passage.topics.all():
        topic.sources.remove(best.passage)
    assert best.passage.pk not in {
        hit.passage.pk for hit in search_course(course, QUESTION, taught=True)
    }
    assert Passage.objects.filter(pk=best.passage.pk).exists()
