from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from tests.factories import make_editor, make_superuser, make_teacher


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    """Uploads go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def teacher(db: None) -> User:
    return make_teacher()


@pytest.fixture
def as_teacher(teacher: User) -> Client:
    return _client(teacher)


@pytest.fixture
def as_editor(db: None) -> Client:
    return _client(make_editor())


@pytest.fixture
def as_superuser(db: None) -> Client:
    return _client(make_superuser())


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
