"""A learner who is logged in, a published course, and a browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from courses.models import Course, CourseStatus
from tests.browser import chromium, new_page
from tests.factories import make_course, make_learner

__all__ = ["chromium", "new_page"]


@pytest.fixture
def learner(db: None) -> User:
    return make_learner()


@pytest.fixture
def course(db: None) -> Course:
    return make_course(status=CourseStatus.PUBLISHED)


@pytest.fixture
def client(learner: User) -> Client:
    browser = Client()
    browser.force_login(learner)
    return browser
