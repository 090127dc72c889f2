"""How often somebody may ask, told in the headers of every answer.

The counters are in the process's cache: with several web processes the limits are up to so
many times as high. They keep a runaway client away, not a bill.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from rest_framework import throttling
from rest_framework.request import Request

from rest.addresses import client_site

if TYPE_CHECKING:
    # Views name this module in their settings while they are imported.
    from rest_framework.views import APIView


class _Told(throttling.SimpleRateThrottle):
    """Leaves what is left at the request, for `RateLimitHeaders`."""

    num_requests: int | None
    duration: int | None

    def get_ident(self, request: Request) -> str:
        return client_site(request._request)

    def allow_request(self, request: Request, view: APIView) -> bool:
        allowed = super().allow_request(request, view)
        if getattr(self, "history", None) is not None and self.key:
            self._tell(request)
        return allowed

    def _tell(self, request: Request) -> None:
        left = max((self.num_requests or 0) - len(self.history), 0)
        oldest = self.history[-1] if self.history else self.now
        reset = ceil(max(oldest + (self.duration or 0) - self.now, 0))
        told = getattr(request._request, "rate_limit", None)
        # Of several limits the one that bites first.
        if told is None or left < told[1]:
            request._request.rate_limit = (self.num_requests, left, reset)  # type: ignore[attr-defined] # ours


class UserThrottle(_Told, throttling.UserRateThrottle):
    pass


class AnonymousThrottle(_Told, throttling.AnonRateThrottle):
    pass


class ScopeThrottle(throttling.ScopedRateThrottle, _Told):
    """Views with a `throttle_scope` cost more than others."""


class RateLimitHeaders:
    """`RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), as the IETF draft names them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        told: tuple[Any, int, int] | None = getattr(request, "rate_limit", None)
        if told is not None:
            limit, left, reset = told
            response["RateLimit-Limit"] = str(limit)
            response["RateLimit-Remaining"] = str(left)
            response["RateLimit-Reset"] = str(reset)
        return response
