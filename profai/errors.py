"""Pages for what went wrong: words, and a reference under which the log has the rest.

The reference is the request's id, which every line of the log that belongs to it carries. What
the request holds is handed to the log as it came: telemetry.redaction makes plain text of it.
"""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from telemetry.context import request_id_of

logger = logging.getLogger(__name__)


def error_page(request: HttpRequest, status: int, detail: str = "", name: str = "") -> HttpResponse:
    """A page for a fault of ours is rendered without the request: its session and the database
    behind that may be what is broken."""
    context = {"reference": request_id_of(request), "detail": detail}
    logger.info("Reference %s: %s for %s", context["reference"], status, _asked(request))
    shown = request if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
    return HttpResponse(render_to_string(f"{name or status}.html", context, shown), status=status)


def log_failure(request: HttpRequest) -> str:
    """Write the trace of the error that is being handled, under the reference that is returned."""
    reference = request_id_of(request)
    logger.error(
        "Reference %s: %s broke",
        reference,
        _asked(request),
        exc_info=sys.exc_info(),
        extra={"reference": reference},
    )
    return reference


def _asked(request: HttpRequest) -> str:
    return f"{request.method} {request.path}"[:500]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    logger.info("Reference %s: a form was refused: %s", request_id_of(request), reason)
    return error_page(request, 403, name="403_csrf")
