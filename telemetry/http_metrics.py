"""Counts requests: the outermost middleware, so that it sees every answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from telemetry.metrics import (
    REQUEST,
    REQUESTS,
    REQUESTS_OPEN,
    STREAMS,
    count,
    observe,
    under_way,
)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
UNKNOWN = "unknown"
EVENTS = "text/event-stream"


class HttpMetricsMiddleware:
    """Counts by route, never by path, so that clients cannot create new labels."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with under_way(REQUESTS_OPEN):
            response = self._get_response(request)
        seconds = time.perf_counter() - started
        method = request.method if request.method in METHODS else "other"
        route = route_of(request)
        count(REQUESTS, method=method, route=route, status=str(response.status_code))
        if response.headers.get("Content-Type", "").startswith(EVENTS):
            # A stream lasts for minutes and is no slow request.
            count(STREAMS, route=route)
        else:
            observe(REQUEST, seconds, method=method, route=route)
        return response


@lru_cache(maxsize=1000)
def _readable(route: str) -> str:
    """Returns the route without the symbols of regular expressions."""
    return str(simplify_regex(route))


def route_of(request: HttpRequest) -> str:
    """Returns the URL pattern; one value for all static files, and one for unknown URLs."""
    match = request.resolver_match
    if match is not None:
        return _readable(match.route)
    if request.path.startswith(settings.STATIC_URL):
        return settings.STATIC_URL
    return UNKNOWN
