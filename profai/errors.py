"""Error pages: a message, and a reference by which staff find the details in the log.

The reference is the request's id, which is in all its log lines. telemetry.redaction cleans what
lines quote of the request.
"""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from common.login_return import page_with_form
from telemetry.context import request_id_of

logger = logging.getLogger(__name__)


def error_page(
    request: HttpRequest, status: int, detail: str = "", name: str = "", back: str = ""
) -> HttpResponse:
    """Returns an error page. From status 500 on it is rendered without the request, because the
    session and its database may be what is broken. `back` is the address of a page to go on with.
    """
    context = {"reference": request_id_of(request), "detail": detail, "back": back}
    logger.info("Reference %s: %s for %s", context["reference"], status, _asked(request))
    shown = request if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
    return HttpResponse(render_to_string(f"{name or status}.html", context, shown), status=status)


def log_failure(request: HttpRequest) -> str:
    """Logs the current error with its traceback; returns the reference for the user."""
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
    """Answers forms without a valid token; often their page was opened before the last login."""
    logger.info("Reference %s: a form was refused: %s", request_id_of(request), reason)
    return error_page(request, 403, name="403_csrf", back=page_with_form(request))
