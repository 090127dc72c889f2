"""A world with everything in it, and folders of the tests' own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from courses.models import CourseStatus
from tests.api.world import World, make_world
from tests.browser import chromium, new_page

__all__ = ["chromium", "new_page"]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """A published course of "teacher"."""
    return make_world(CourseStatus.PUBLISHED)


@pytest.fixture
def draft(db: None) -> World:
    return make_world()
