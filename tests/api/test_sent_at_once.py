"""Requests with an Idempotency-Key that come at the same time. Courses from files:
tests/courses/test_sent_again.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from rest_framework.test import APIClient

from common.models import RequestKey
from courses.models import CourseStatus
from jobs.models import Job
from profai.roles import ensure_groups
from quizzes.models import Attempt, Quiz
from tests.api.world import World, client, make_world
from tests.factories import make_course, make_learner
from tests.together import together
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db(transaction=True)

KEY = {"Idempotency-Key": "k1"}
HOOK = {"url": "https://1.1.1.1/", "events": ["job.failed"]}
TOKEN = {"name": "Report", "scopes": ["courses:read"], "expires_in_days": 30}


@pytest.fixture
def world() -> World:
    cache.clear()
    ensure_groups()
    world = make_world(CourseStatus.PUBLISHED)
    Job.objects.all().delete()
    return world


def sender(user: User, path: str, body: Any = None) -> Callable[[], Any]:
    return partial(client(user).post, path, body, format="json", headers=KEY)


def codes(answers: list[Any]) -> list[Any]:
    """Sorted; an error that a view let out stands for itself."""
    return sorted(getattr(answer, "status_code", repr(answer)) for answer in answers)


def test_one_key_on_five_quizzes_starts_one(world: World) -> None:
    make_course("Lakes", status=CourseStatus.PUBLISHED)
    paths = [f"/api/quizzes/{quiz.pk}/attempts/" for quiz in Quiz.objects.order_by("pk")[:5]]
    for number in range(5):
        learner = make_learner(f"learner {number}")
        answers = together(*(sender(learner, path) for path in paths))
        assert codes(answers) == [201, 422, 422, 422, 422]
        assert Attempt.objects.filter(learner=learner).count() == 1


def test_one_key_on_one_quiz_starts_it_once(world: World) -> None:
    learner = make_learner()
    path = f"/api/quizzes/{world.attempt.quiz_id}/attempts/"
    answers = together(*(sender(learner, path) for _ in range(4)))
    assert codes(answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_the_key_of_an_open_attempt_is_remembered(world: World) -> None:
    api = client(make_learner())
    path = f"/api/quizzes/{world.attempt.quiz_id}/attempts/"
    first = api.post(path).json()["id"]
    found = api.post(path, headers=KEY)
    assert (found.status_code, found.json()["id"]) == (200, first)
    api.post(f"/api/attempts/{first}/submit/", {"answers": {}}, format="json")
    again = api.post(path, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (200, first)
    assert Attempt.objects.filter(learner__username="learner").count() == 1


@pytest.mark.parametrize(
    ("path", "body", "expected", "number"),
    [
        ("/api/courses/{slug}/topics/{topic}/regenerate/", None, [202] * 6, "job_id"),
        ("/api/courses/{slug}/quizzes/", {"week": 1}, [202] * 6, "job_id"),
        ("/api/webhooks/", HOOK, [200] * 5 + [201], "id"),
        ("/api/webhooks/{webhook}/test/", None, [202] * 6, "id"),
        ("/api/tokens/", TOKEN, [201] + [409] * 5, "id"),
    ],
)
def test_the_same_request_six_times_makes_one(
    world: World, path: str, body: Any, expected: list[int], number: str
) -> None:
    user = world.course.owner
    assert user is not None
    answers = together(*(sender(user, path.format(**world.names), body) for _ in range(6)))
    assert codes(answers) == expected
    made = {answer.json()[number] for answer in answers if answer.status_code < 400}
    assert len(made) == 1
    assert RequestKey.objects.get().made == str(made.pop())


def test_another_request_is_refused_and_so_is_one_whose_row_is_gone(world: World) -> None:
    user = world.course.owner
    assert user is not None
    api: APIClient = client(user)
    for path, first, second in (
        ("/api/tokens/", TOKEN, TOKEN | {"name": "Another"}),
        ("/api/webhooks/", HOOK, HOOK | {"description": "Another"}),
    ):
        assert api.post(path, first, format="json", headers=KEY).status_code == 201
        other = api.post(path, second, format="json", headers=KEY)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    Endpoint.objects.all().delete()
    gone = api.post("/api/webhooks/", HOOK, format="json", headers=KEY)
    assert (gone.status_code, gone.json()["code"]) == (422, "key_reused")
    assert "has been deleted" in gone.json()["detail"]
