"""The staff's pages for courses; importing the modules registers them."""

from __future__ import annotations

from courses.admin import contents, course, sources

__all__ = ["contents", "course", "sources"]
