"""Which language a learner's page is in; staff's pages and the API are in English."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

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
