"""A learner who is logged in, a published course, and a browser."""

from __future__ import annotations

from tests.pages.conftest import chromium, client, course, learner, new_page

__all__ = ["chromium", "client", "course", "learner", "new_page"]
