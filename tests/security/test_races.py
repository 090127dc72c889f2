"""The same thing twice at once. Attempts: tests/quizzes/test_attempts.py; deliveries:
tests/webhooks/test_delivery.py; uploads: tests/courses/test_sent_again.py."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from courses.models import Course
from courses.services import CourseStateError, publish_course, unpublish_course
from courses.signals import course_published
from profai.roles import ensure_groups
from tests.factories import make_course, make_teacher
from tests.together import together
from webhooks.models import Endpoint
from webhooks.services import MAX_ENDPOINTS, EndpointStateError, create_endpoint

pytestmark = pytest.mark.django_db(transaction=True)


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
        assert {row.status for row in together(*[lambda: publish_course(course)] * 6)} == {
            "published"
        }
    finally:
        course_published.disconnect(note)
    assert len(told) == 1
    ended = together(*[lambda: unpublish_course(course)] * 6)
    assert sum(isinstance(one, Course) for one in ended) == 1
    assert sum(isinstance(one, CourseStateError) for one in ended) == 5


def test_the_last_place_for_a_webhook_is_taken_once(teacher: User) -> None:
    def make() -> Any:
        return create_endpoint(owner=teacher, url="https://1.1.1.1/", events=["job.failed"])

    for _ in range(MAX_ENDPOINTS - 1):
        make()
    made = together(*[make] * 6)
    assert Endpoint.objects.filter(owner=teacher).count() == MAX_ENDPOINTS
    assert sum(isinstance(one, EndpointStateError) for one in made) == 5
