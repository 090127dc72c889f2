"""Tokens for the tests, and a browser."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.browser import chromium, new_page

__all__ = ["chromium", "new_page"]


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    cache.clear()
