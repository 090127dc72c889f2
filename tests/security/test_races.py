"""The same thing twice at once. Attempts: tests/quizzes/test_attempts.py; deliveries:
tests/webhooks/test_delivery.py; uploads: tests/courses/test_sent_again.py."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from courses.models import Course
from courses.services import CourseStateError, publish_course, unpublish_course
from courses.signals import course_published
from profai.roles import ensure_groups
from tests.factories import make_course, make_teacher
from webhooks.models import Endpoint
from webhooks.services import MOST, EndpointStateError, create_endpoint

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[], Any], times: int = 6) -> list[Any]:
    """What each of them gave, or the error it raised."""

    def run(_number: int) -> Any:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.fixture
def teacher() -> User:
    ensure_groups()
    return make_teacher()


def test_a_course_is_published_once(teacher: User) -> None:
    course, told = make_course(owner=teacher), []

    def note(**_signal: Any) -> None:
        told.append(1)

    course_published.connect(note)
    try:
        assert {row.status for row in at_once(lambda: publish_course(course))} == {"published"}
    finally:
        course_published.disconnect(note)
    assert len(told) == 1
    ended = at_once(lambda: unpublish_course(course))
    assert sum(isinstance(one, Course) for one in ended) == 1
    assert sum(isinstance(one, CourseStateError) for one in ended) == 5


def test_the_last_place_for_a_webhook_is_taken_once(teacher: User) -> None:
    def make() -> Any:
        return create_endpoint(owner=teacher, url="https://1.1.1.1/", events=["job.failed"])

    for _ in range(MOST - 1):
        make()
    made = at_once(make)
    assert Endpoint.objects.filter(owner=teacher).count() == MOST
    assert sum(isinstance(one, EndpointStateError) for one in made) == 5
