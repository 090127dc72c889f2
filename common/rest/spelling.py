"""Addresses of the API with and without a slash at the end."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

API = "/api/"
UNKNOWN = "api-unknown"  # the view for addresses that do not exist


class EitherSpellingMiddleware:
    """Finds an address with or without a slash at its end, whichever way it is defined.

    There is no redirect, because that would lose the body of a POST.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.path_info
        if sent.startswith(API) and _is_unknown(sent):
            other = sent[:-1] if sent.endswith("/") else f"{sent}/"
            if not _is_unknown(other):
                request.path = request.path.removesuffix(sent) + other
                request.path_info = other
        return self._get_response(request)


def _is_unknown(path: str) -> bool:
    return not path.startswith(API) or resolve(path).url_name == UNKNOWN
