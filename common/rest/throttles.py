"""Limits requests of each client, and tells it in headers what is left.

Each web process counts for itself: with several of them, a client may make as many times more
requests. The limits stop a program that runs wild; they are not exact.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from rest_framework import throttling
from rest_framework.request import Request

from common.client_ip import client_site

if TYPE_CHECKING:
    # Views name this module in their settings while they are imported.
    from rest_framework.views import APIView


class _NotedThrottle(throttling.SimpleRateThrottle):
    """Notes at the request what is left of the limit, for `RateLimitHeadersMiddleware`."""

    num_requests: int | None
    duration: int | None

    def get_ident(self, request: Request) -> str:
        return client_site(request._request)

    def allow_request(self, request: Request, view: APIView) -> bool:
        allowed = super().allow_request(request, view)
        if getattr(self, "history", None) is not None and self.key:
            left = max((self.num_requests or 0) - len(self.history), 0)
            oldest = self.history[-1] if self.history else self.now
            reset = ceil(max(oldest + (self.duration or 0) - self.now, 0))
            noted = getattr(request._request, "rate_limit", None)
            # Of several limits, the one that is reached first.
            if noted is None or left < noted[1]:
                request._request.rate_limit = (self.num_requests, left, reset)  # type: ignore[attr-defined] # ours
        return allowed


class UserThrottle(_NotedThrottle, throttling.UserRateThrottle):
    pass


class AnonymousThrottle(_NotedThrottle, throttling.AnonRateThrottle):
    pass


class ScopeThrottle(throttling.ScopedRateThrottle, _NotedThrottle):
    """Limits views with a `throttle_scope`, which cost more than others."""


class RateLimitHeadersMiddleware:
    """Adds `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), named as in the IETF draft."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        noted: tuple[Any, int, int] | None = getattr(request, "rate_limit", None)
        if noted is not None:
            limit, left, reset = noted
            response["RateLimit-Limit"] = str(limit)
            response["RateLimit-Remaining"] = str(left)
            response["RateLimit-Reset"] = str(reset)
        return response
