"""The errors of the API, in one shape: {"code": ..., "detail": ...}, fields beside them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from courses.ingestion.document import DocumentRejectedError
from courses.services import CourseStateError
from jobs.errors import JobStateError
from quizzes.services import AttemptError

CONFLICTS = (CourseStateError, JobStateError)


def handle_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: services' refusals become answers, all in one shape."""
    if isinstance(error, DocumentRejectedError):
        return _answer(error.code, error.message, 413 if error.code == "too_large" else 400)
    if isinstance(error, CONFLICTS):
        return _answer("conflict", str(error), 409)
    if isinstance(error, AttemptError):
        conflict = ("conflict", 409) if error.conflict else ("invalid", 400)
        return _answer(conflict[0], str(error), conflict[1])
    if isinstance(error, ValidationError):
        return _answer("invalid", " ".join(error.messages), 400)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _shape(error, response)
    return response


def _answer(code: str, detail: str, status_code: int) -> Response:
    return Response({"code": code, "detail": detail}, status=status_code)


def _shape(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return {"code": "invalid", "detail": "Some fields are not valid.", "fields": response.data}
    code = getattr(error, "default_code", "not_found")
    return {"code": code, "detail": str(response.data.get("detail", error))}
