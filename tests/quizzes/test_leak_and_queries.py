"""What a browser gets while a quiz is taken: no right answer in any byte, and as many queries for
a long quiz as for a short one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from courses.models import CourseStatus
from quizzes.models import Attempt, Choice, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner, make_superuser

pytestmark = pytest.mark.django_db
SECRETS = ("WHY-IT-IS-RIGHT", "WHY-IT-IS-WRONG", "WHERE-IT-STANDS", "is_correct")


@pytest.fixture
def learner() -> User:
    return make_learner()


@pytest.fixture
def browser(learner: User) -> Client:
    client = Client()
    client.force_login(learner)
    return client


def make_quiz(questions: int = 3) -> Quiz:
    course = make_course(
        f"{questions} questions", status=CourseStatus.PUBLISHED, modules=1, questions=questions
    )
    Question.objects.update(explanation=SECRETS[0], quote=SECRETS[2])
    Choice.objects.filter(is_correct=False).update(feedback=SECRETS[1])
    quiz: Quiz = course.quizzes.get(module=None)
    return quiz


def test_no_byte_of_an_open_attempt_tells_an_answer(browser: Client, learner: User) -> None:
    quiz = make_quiz()
    # A retake: the result of the first attempt is known, the open one tells nothing all the same.
    attempt = start_attempt(quiz=quiz, learner=learner)
    at = f"/attempts/{attempt.pk}"
    api = APIClient()
    api.force_login(learner)
    answers: list[Any] = [
        browser.get(quiz.get_absolute_url()),
        browser.get(f"{at}/", follow=True),
        browser.get(f"{at}/questions/"),
        *(browser.get(f"{at}/questions/{number}/") for number in (1, 2, 3)),
        browser.post(f"{at}/answers/", {"shown": "1", "question-1": "0"}),
        browser.post(f"{at}/answers/", {"shown": "1", "question-1": "x"}),
        browser.post(f"{at}/questions/", {"question-2": "2"}, follow=True),
        browser.post(f"{at}/questions/1/", {"check": "1", "question-1": "0"}),
        browser.get(f"{at}/review/"),
        api.get(f"/api{at}/"),
        api.post(f"/api{at}/answers/", {"responses": {"3": 1}}, format="json"),
        api.post(f"/api{at}/check/", {"position": 1, "response": 0}, format="json"),
        browser.get("/account/data/"),
    ]
    for answer in answers:
        everything = f"{answer.headers} {answer.content.decode(errors='replace')}"
        assert not any(secret in everything for secret in SECRETS), answer.request
        assert not re.search(r'"correct": ?[^n]', everything), answer.request
    assert api.get(f"/api{at}/").json()["questions"][2]["response"] == 1
    submit_attempt(attempt=attempt)
    result = browser.get(f"{at}/").content.decode()
    assert all(secret in result for secret in SECRETS[:3])


def test_a_result_that_shows_no_answers_tells_none(browser: Client, learner: User) -> None:
    quiz = make_quiz()
    Quiz.objects.update(answers_shown="never")
    attempt = submit_attempt(
        attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 1, 2: 0}
    )
    html = browser.get(attempt.get_absolute_url()).content.decode()
    assert "The right answers of this quiz are not shown." in html
    assert "33%" in html
    api = APIClient()
    api.force_login(learner)
    shown = api.get(f"/api/attempts/{attempt.pk}/")
    assert (shown.json()["answers_shown"], shown.json()["questions"]) == (False, [])
    for text in (html, shown.content.decode()):
        assert not any(secret in text for secret in SECRETS)


def test_a_quiz_is_practised_by_the_api(learner: User) -> None:
    quiz = make_quiz()
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=learner), responses={1: 1})
    api = APIClient()
    api.force_login(learner)
    practice = api.post(f"/api/quizzes/{quiz.pk}/practice/", {}, format="json").json()
    assert practice["is_practice"] is True
    check = f"/api/attempts/{practice['id']}/check/"
    told = api.post(check, {"position": 1, "response": 2}, format="json").json()
    assert (told["is_correct"], told["explanation"]) == (True, SECRETS[0])
    assert api.post(check, {"position": 2}, format="json").status_code == 400
    assert api.post(check, {"position": 9, "response": 1}, format="json").status_code == 400
    done = api.post(f"/api/attempts/{practice['id']}/submit/", {"responses": {}}, format="json")
    assert done.json()["correct"] == 1


def test_ages_belong_to_responses(learner: User) -> None:
    attempt = start_attempt(quiz=make_quiz(), learner=learner)
    api = APIClient()
    api.force_login(learner)
    body: dict[str, Any] = {"responses": {"1": 1}, "ages": {"2": 3}}
    refused = api.post(f"/api/attempts/{attempt.pk}/answers/", body, format="json")
    assert refused.status_code == 400
    body["ages"] = {"1": 3.5}
    saved = api.post(f"/api/attempts/{attempt.pk}/answers/", body, format="json")
    assert saved.json() == {"saved": [1], "kept": [], "unanswered": 2}


def test_rules_are_set_by_the_api() -> None:
    quiz = make_quiz()
    api = APIClient()
    api.force_login(make_superuser())
    address = f"/api/quizzes/{quiz.pk}/"

    def change(**rules: Any) -> Any:
        return api.patch(address, rules, format="json", headers={"If-Match": "*"})

    done = change(time_limit=20, max_attempts=2, counts="last", answers_shown="after_last", draw=2)
    assert done.status_code == 200, done.content
    assert (done.json()["time_limit"], done.json()["draw"]) == (20, 2)
    for wrong in ({"time_limit": 0}, {"max_attempts": None}, {"counts": "all"}, {"draw": 0}):
        assert change(**wrong).status_code == 400, wrong


def test_queries_do_not_grow_with_the_questions(browser: Client, learner: User) -> None:
    counts = []
    for size in (3, 9):
        quiz = make_quiz(size)
        attempt: Attempt = start_attempt(quiz=quiz, learner=learner)
        at, saved = f"/attempts/{attempt.pk}", {"shown": "1", "question-1": "1"}
        requests: list[Callable[[], Any]] = [
            partial(browser.get, f"{at}/questions/"),
            partial(browser.get, f"{at}/questions/2/"),
            partial(browser.post, f"{at}/answers/", saved),
            partial(browser.get, f"{at}/review/"),
            partial(browser.post, f"{at}/review/"),
            partial(browser.get, f"{at}/"),
        ]
        counts.append([queries(request) for request in requests])
    assert counts[0] == counts[1]
    # A save is what there is most of.
    assert counts[0][2] <= 10


def queries(request: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert request().status_code in {200, 302}
    return len(captured)
