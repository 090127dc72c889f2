"""Middleware of all apps: static files, and the language of a page.

Learners' pages are in the language of the reader; staff's pages and the API are in English.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

# The admin has words of ours and of Django: half of them in another language would help nobody.
IN_ENGLISH = ("/admin/", "/api/", "/health/", "/metrics")


class PageLanguageMiddleware(LocaleMiddleware):
    """What the person chose, else the first language of the browser that there is."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(IN_ENGLISH):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(IN_ENGLISH):
            return response
        return super().process_response(request, response)


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # untyped
    """WhiteNoise, without source maps: they have megabytes, and no page needs them. They are still
    collected, because the scripts name them."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if not url.endswith(".map"):
            super().add_file_to_dictionary(url, path, stat_cache)
