from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.browser import chromium, new_page
from tests.factories import make_teacher

__all__ = ["chromium", "new_page"]


@pytest.fixture
def teacher(db: None) -> User:
    return make_teacher()


@pytest.fixture
def as_teacher(teacher: User) -> Client:
    client = Client()
    client.force_login(teacher)
    return client
