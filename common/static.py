"""Serves static files."""

from __future__ import annotations

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # untyped
    """WhiteNoise, without source maps: they have megabytes, and no page needs them. They are still
    collected, because the scripts name them."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if not url.endswith(".map"):
            super().add_file_to_dictionary(url, path, stat_cache)
