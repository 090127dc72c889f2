"""The staff's pages for old data and course files; importing the modules registers them."""

from __future__ import annotations

from exchange.admin import course, imports, learners

__all__ = ["course", "imports", "learners"]
