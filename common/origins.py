"""Finds requests that a page of another site made a browser send."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

OWN = {"same-origin", "none"}


def from_another_site(request: HttpRequest) -> bool:
    """Whether a page of another site sent the request, by headers that no page can change.

    Browsers send Origin with every POST of another site's page ("null" if that page hides itself);
    without it Sec-Fetch-Site counts. Other programs send neither.
    """
    if "Origin" in request.headers:
        return not _Origins().are_ours(request)
    return request.headers.get("Sec-Fetch-Site", "none") not in OWN


class _Origins(CsrfViewMiddleware):
    """Django's own rule for forms, with CSRF_TRUSTED_ORIGINS."""

    def __init__(self) -> None:
        super().__init__(lambda _request: None)  # type: ignore[arg-type] # never called

    def are_ours(self, request: HttpRequest) -> bool:
        return bool(self._origin_verified(request))  # type: ignore[attr-defined] # the stubs lack it
