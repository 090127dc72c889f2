"""Whether another site had somebody's browser send a request."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

OWN = {"same-origin", "none"}


def from_another_site(request: HttpRequest) -> bool:
    """Browsers say who asks, and no page can change what they say. Programs say nothing.

    Of every POST that a page of another site sends they name the origin ("null" if that page
    hides itself); Sec-Fetch-Site is asked besides, of those that named none.
    """
    if "Origin" in request.headers:
        return not _Origins().are_ours(request)
    return request.headers.get("Sec-Fetch-Site", "none") not in OWN


class _Origins(CsrfViewMiddleware):
    """The rule that forms go by, with CSRF_TRUSTED_ORIGINS."""

    def __init__(self) -> None:
        super().__init__(lambda _request: None)  # type: ignore[arg-type] # never called

    def are_ours(self, request: HttpRequest) -> bool:
        return bool(self._origin_verified(request))  # type: ignore[attr-defined] # the stubs lack it
