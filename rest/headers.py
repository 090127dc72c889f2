"""What browsers are told about every answer, whoever made it.

django-csp writes the policy of pages; what is no page gets a stricter one here, before it.
"""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Nothing that is shown from such an answer can load, send or frame anything, or run as us.
SEALED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)
# They go with every answer, those of the web server itself included.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}
REFUSED = ALWAYS | {"Content-Security-Policy": SEALED, "Cache-Control": "no-store"}


class SecurityHeaders:
    """Stands inside django-csp's middleware and outside of everything that answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # A view may have said "unsafe-none", as that of the API's documentation does.
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if not is_page(response):
            response.headers[HEADER] = SEALED
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = _caching(response)
        return response


def is_page(response: HttpResponseBase) -> bool:
    """Whether a browser shows it as a page of ours."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    attached = response.headers.get("Content-Disposition", "").startswith("attachment")
    return kind == "text/html" and not attached


def _caching(response: HttpResponseBase) -> str:
    """Pages are somebody's own. A client may keep what has a version, and asks each time."""
    return "private, no-cache" if response.has_header("ETag") else "no-store"
