"""Learners ask a course: answers of a model with sources, sentences without one, limits, costs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from courses.models import AnsweredQuestion, Citation, Course, Passage
from courses.queries import in_reading_order
from courses.question_answering import Answered, answer_question, find_material, stream_answer
from courses.retrieval import search_course
from courses.services import request_course
from engine.lessons.llm.answering import draft_of
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
    assert "the limit" in str(limited.notice)
    assert limited.quotes
    assert AnsweredQuestion.objects.count() == 2


def streamed(course: Course, question: str, person: User) -> list[Answered]:
    material = find_material(course, question)

    async def collected() -> list[Answered]:
        return [found async for found in stream_answer(material, person=person)]

    return async_to_sync(collected)()


def test_an_answer_is_shown_while_it_is_written(
    course: Course, learner: User, llm: LLMServer
) -> None:
    *drafts, last = streamed(course, QUESTION, learner)
    assert drafts
    assert all(found.is_draft for found in drafts)
    assert not last.is_draft
    assert drafts[0].text[:20] == last.text[:20]
    assert last == answer_question(course, QUESTION, person=learner)
    # Both are paid for and counted alike, with the provider's own counts.
    one, other = AnsweredQuestion.objects.order_by("pk")
    assert (one.tokens_in, one.tokens_out) == (other.tokens_in, other.tokens_out)


@pytest.mark.parametrize("fault", ["stream_error", "stream_cut"])
def test_an_answer_that_breaks_off_is_left_out(
    course: Course, learner: User, llm: LLMServer, settings: Settings, fault: str
) -> None:
    settings.LLM_TRIES = 1
    llm.configure(faults=[{"name": fault, "share": 1.0, "schema": "AnswerToLearner"}])
    *_, last = streamed(course, QUESTION, learner)
    assert last.quotes
    assert not last.text
    assert "broke off" in str(last.notice)
    # What had come by then is paid for.
    assert AnsweredQuestion.objects.get().tokens_out > 0


def test_what_follows_a_no_is_not_shown(course: Course, learner: User, llm: LLMServer) -> None:
    told = "Springs are magic, as everybody knows who ever saw one of them at night."
    paragraph = {"text": told, "passages": [1]}
    no = {"answered": False, "paragraphs": [paragraph]}
    llm.configure(script=[json.dumps(no)])
    (only,) = streamed(course, QUESTION, learner)
    assert only.is_silent
    passages = in_reading_order(find_material(course, QUESTION).passages)
    # Not even where the "no" comes last: the answer takes the place of its draft.
    late = json.dumps({"paragraphs": [paragraph], "answered": False})
    begun, whole = late[: late.index("night")], draft_of(late, passages)
    assert "magic" in draft_of(begun, passages).text
    assert not whole.text
    llm.configure(script=[late])
    *_, last = streamed(course, QUESTION, learner)
    assert last.is_silent


def test_a_provider_that_does_not_stream_answers_at_once(
    course: Course, learner: User, llm: LLMServer
) -> None:
    refusal = {"error": {"message": "Unrecognized request argument: stream_options"}}
    llm.configure(script=[{"status": 400, "body": refusal}])
    *_, last = streamed(course, QUESTION, learner)
    assert "[^1]" in last.text
    assert [one["parameters"].get("stream") for one in llm.requests()] == [True, False]


def test_limits_hold_for_streams(
    course: Course, learner: User, llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_ASK_DAILY = 1
    streamed(course, QUESTION, learner)
    (limited,) = streamed(course, QUESTION, learner)
    assert "1 written answers today" in str(limited.notice)
    assert limited.quotes


def test_a_model_that_is_away_leaves_the_sentences(
    course: Course, learner: User, llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_TRIES = 1
    llm.configure(faults=[{"name": "server_error", "share": 1.0, "schema": "AnswerToLearner"}])
    found = answer_question(course, QUESTION, person=learner)
    assert found.quotes
    assert "just now" in str(found.notice)
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


def test_sources_lead_to_their_place_in_a_lesson(
    course: Course, learner: User, client: Client
) -> None:
    client.force_login(learner)
    page = client.post(f"/courses/{course.slug}/ask/", {"question": QUESTION})
    links = re.findall(r'href="(/topics/(\d+)/#cited-(\d+))"', page.text)
    assert links
    for _, topic, number in links:
        citation = Citation.objects.get(topic=topic, position=number)
        assert citation.passage.document.original_name in page.text
        assert f'id="cited-{number}"' in client.get(f"/topics/{topic}/").text


def test_a_quoted_table_is_a_table(course: Course, learner: User, client: Client) -> None:
    passage = next(iter(search_course(course, QUESTION, taught=True))).passage
    table = "| Springs | Deltas |\n| --- | --- |\n| where a river rises | where it ends |"
    Passage.objects.filter(pk=passage.pk).update(text=f"Springs and deltas.\n\n{table}")
    client.force_login(learner)
    page = client.post(f"/courses/{course.slug}/ask/", {"question": QUESTION}).text
    assert ">Springs</th>" in page
    assert ">where a river rises</td>" in page
    assert "---" not in page.partition("<main")[2]
