from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.browser import chromium, new_page

__all__ = ["chromium", "new_page"]


@pytest.fixture(autouse=True)
def clean(settings: Settings, tmp_path: Path) -> None:
    """No counters of tests before, and a folder of the test's own for files."""
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
