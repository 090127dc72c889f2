"""Security headers of every response.

django-csp writes the Content-Security-Policy of pages; all other responses get a stricter one here.
"""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# A response with this policy cannot load, send or frame anything, nor run scripts of our origin.
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
# On every response, also on those of the web server itself.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}
REFUSED = ALWAYS | {"Content-Security-Policy": SEALED, "Cache-Control": "no-store"}


class SecurityHeadersMiddleware:
    """Adds the headers. It comes after django-csp's middleware and before all that respond."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # A view may have set "unsafe-none", as the view of the API's documentation does.
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if not is_page(response) and not getattr(response, "is_service_worker", False):
            response.headers[HEADER] = SEALED
        if not response.has_header("Cache-Control"):
            # Pages are personal. A client may keep what has an ETag, but must ask each time.
            has_version = response.has_header("ETag")
            response.headers["Cache-Control"] = "private, no-cache" if has_version else "no-store"
        return response


def is_page(response: HttpResponseBase) -> bool:
    """Whether a browser shows the response as a page."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    attached = response.headers.get("Content-Disposition", "").startswith("attachment")
    return kind == "text/html" and not attached
