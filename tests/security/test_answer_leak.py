"""Before an attempt is submitted nothing that a learner can ask for tells a right answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from courses.services import unpublish_course
from quizzes.models import Attempt, Choice, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.api.test_roles import TABLE
from tests.api.world import World, client
from tests.factories import make_learner
from tests.security.test_idor import PAGES, address_of

TOLD = ("WHY-IT-IS-RIGHT", "WHY-IT-IS-WRONG", "WHERE-IT-STANDS")
KEYS = re.compile(r'"(is_correct|correct|correct_answer|explanation|feedback|percentage)": ?[^n]')

pytestmark = pytest.mark.usefixtures("chroma")


@pytest.fixture
def marked(world: World) -> World:
    """What must not be told can be recognised."""
    Question.objects.update(explanation=TOLD[0], quote=TOLD[2])
    Choice.objects.filter(is_correct=False).update(feedback=TOLD[1])
    return world


@pytest.fixture
def learner(db: None) -> User:
    return make_learner("curious")


def everything_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    # Pictures are not text.
    return f"{answer.headers}\n{body.decode(errors='replace')}"


def tells(text: str) -> bool:
    return any(words in text for words in TOLD) or bool(KEYS.search(text))


@pytest.mark.slow
@pytest.mark.parametrize("opened", [False, True])
def test_no_address_tells_an_answer(*, opened: bool, marked: World, learner: User) -> None:
    """All that can be read of pages and API, by the tables that name every address."""
    names = dict(marked.names)
    if opened:
        quiz = Quiz.objects.get(pk=str(names["quiz"]))
        names["attempt"] = start_attempt(quiz=quiz, learner=learner).pk
    api = client(learner)
    read = 0
    for method, address, body, _ in TABLE:
        if method != "GET" and not address.endswith("/ask/"):
            continue
        answer = api.generic(method, address.format(**names))
        assert not tells(everything_of(answer)), (address, body)
        read += answer.status_code == 200
    assert read > 15
    for path, (_name, method, _) in PAGES.items():
        page = Client()
        page.force_login(learner)
        shown = page.get(address_of(path, names))
        assert not tells(everything_of(shown)), (path, method)


def test_starting_and_failing_to_submit_tell_nothing(marked: World, learner: User) -> None:
    api = client(learner)
    quiz = marked.names["quiz"]
    started = api.post(f"/api/quizzes/{quiz}/attempts/")
    attempt = started.json()["id"]
    assert not tells(everything_of(started))
    wrong = [{"answers": {"1": 9}}, {"answers": {"99": 0}}, {"answers": {"x": 0}}, {"answers": 1}]
    for body in wrong:
        answer = api.post(f"/api/attempts/{attempt}/submit/", body, format="json")
        assert answer.status_code == 400
        assert not tells(everything_of(answer))
    assert not tells(everything_of(api.get(f"/api/quiz/{quiz}")))
    bad = {"quiz_id": quiz, "answers": {f"{quiz}_q1": "Z"}}
    answer = api.post("/api/quiz/submit", bad, format="json")
    assert answer.status_code == 400
    assert not tells(everything_of(answer))
    # A wrong and a right choice for one question are told apart by nothing but the end.
    assert Attempt.objects.get(pk=attempt).submitted_at is None


def test_another_right_answer_gives_the_same_version(marked: World, learner: User) -> None:
    """Neither the body nor its ETag depends on which choice is right."""
    api, quiz = client(learner), marked.names["quiz"]
    before = api.get(f"/api/quizzes/{quiz}/")
    for question in Question.objects.filter(quiz__pk=str(quiz)):
        right = question.choices.get(is_correct=True)
        other = question.choices.exclude(pk=right.pk)[0]
        question.choices.filter(pk=right.pk).update(is_correct=False)
        question.choices.filter(pk=other.pk).update(is_correct=True)
    after = api.get(f"/api/quizzes/{quiz}/")
    assert (before.content, before["ETag"]) == (after.content, after["ETag"])


def test_no_filter_or_order_asks_for_the_right_choice(marked: World, learner: User) -> None:
    api = client(learner)
    for query in ("choices__is_correct=true", "is_correct=1", "explanation=x", "correct=1"):
        plain, narrowed = api.get("/api/quizzes/"), api.get(f"/api/quizzes/?{query}")
        assert narrowed.status_code == 400 or narrowed.content == plain.content
    for order in ("questions__choices__is_correct", "correct", "-questions__explanation"):
        assert api.get("/api/quizzes/", {"ordering": order}).status_code == 400
    assert marked.course.status == "published"


@pytest.mark.django_db
def test_the_document_of_the_api_promises_no_answer() -> None:
    document = yaml.safe_load(APIClient().get("/api/schema/").content)
    for name in ("QuizDetail", "Question", "OpenAttempt", "Asked"):
        properties = set(document["components"]["schemas"][name]["properties"])
        assert not properties & {"is_correct", "explanation", "feedback", "quote", "source"}, name


def test_pages_with_questions_and_results_are_stored_nowhere(marked: World, learner: User) -> None:
    """So that neither the back button nor a cache between shows them to the next person."""
    quiz = Quiz.objects.get(pk=str(marked.names["quiz"]))
    attempt = start_attempt(quiz=quiz, learner=learner)
    page = Client()
    page.force_login(learner)
    assert "no-store" in page.get(f"/attempts/{attempt.pk}/questions/")["Cache-Control"]
    submit_attempt(attempt=attempt, responses={})
    result = page.get(f"/attempts/{attempt.pk}/")
    assert "no-store" in result["Cache-Control"]
    assert tells(everything_of(result)), "The search would find an answer."
    api = client(learner)
    assert tells(everything_of(api.get(f"/api/attempts/{attempt.pk}/")))


def test_an_attempt_outlives_the_course_and_tells_no_answer_before_its_end(
    marked: World, learner: User
) -> None:
    """Of a course that was taken back: an open attempt can be ended, a new one not begun."""
    quiz = Quiz.objects.get(pk=str(marked.names["quiz"]))
    done = submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={})
    attempt = start_attempt(quiz=quiz, learner=learner)
    unpublish_course(marked.course)
    api = client(learner)
    assert not tells(everything_of(api.get(f"/api/attempts/{attempt.pk}/")))
    assert api.post(f"/api/quizzes/{quiz.pk}/attempts/").status_code == 404
    sent = api.post(f"/api/attempts/{attempt.pk}/submit/", {"answers": {}}, format="json")
    assert sent.status_code == 200
    assert api.get(f"/api/attempts/{done.pk}/").status_code == 200
    attempt.refresh_from_db()
    assert attempt.submitted_at is not None
