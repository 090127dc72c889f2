"""Files that pages are made of, as browsers get them."""

from __future__ import annotations

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc] # untyped
    """Without the maps of scripts to their sources: megabytes for any stranger who asks, and no
    page does. They are collected all the same, as the scripts name them."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if not url.endswith(".map"):
            super().add_file_to_dictionary(url, path, stat_cache)
