"""Answers to learners' questions over a real server, while a model writes them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.contrib.auth.models import User

from courses.models import AnsweredQuestion, Course
from tests.llm_server import LLMServer
from tests.streams.conftest import HELD, QUESTION
from tests.streams.server import Event, WebServer, bearer, parse
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(asked: WebServer, learner: User) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=asked.address, headers=bearer(learner), timeout=LONG) as client:
        yield client


def events_of(answer: httpx.Response) -> Iterator[Event]:
    return (one for one in parse(answer.iter_lines()) if isinstance(one, Event))


@pytest.mark.slow
def test_drafts_come_before_the_model_has_finished(
    client: httpx.Client, course: Course, llm_process: LLMServer
) -> None:
    llm_process.configure(hold_after=HELD)
    path = f"/api/courses/{course.slug}/ask/stream/"
    with client.stream("POST", path, json={"question": QUESTION}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        events = events_of(answer)
        first = next(events)
        assert first.name == "draft"
        llm_process.configure(hold_after=0)
        *_, last = events
    assert last.name == "answer"
    assert last.data["answer"].startswith(first.data["answer"][:20])
    assert last.data["citations"][0]["position"] == 1
    whole = client.post(f"/api/courses/{course.slug}/ask/", json={"question": QUESTION}).json()
    assert last.data == whole


def test_who_leaves_cancels_the_call_and_pays_for_what_came(
    client: httpx.Client, course: Course, llm_process: LLMServer
) -> None:
    llm_process.configure(hold_after=HELD)
    path = f"/api/courses/{course.slug}/ask/stream/"
    with client.stream("POST", path, json={"question": QUESTION}) as answer:
        next(events_of(answer))
    wait_until(lambda: llm_process.stats()["by_outcome"].get("left") == 1)
    wait_until(AnsweredQuestion.objects.exists)
    assert AnsweredQuestion.objects.get().cost > 0


def test_what_is_wrong_is_refused_before_the_stream(client: httpx.Client, course: Course) -> None:
    path = f"/api/courses/{course.slug}/ask/stream/"
    assert client.post(path, json={}).status_code == 400
    assert client.post(path, json={"question": "x" * 20_000}).status_code == 413
    assert client.post("/api/courses/none/ask/stream/", json={"question": "x"}).status_code == 404
    assert client.get(path).status_code == 405
    client.headers.pop("Authorization")
    assert client.post(path, json={"question": "x"}).status_code == 401
