"""Errors as problem details (RFC 9457) with a stable `code`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from rest_framework import exceptions, status

MEDIA_TYPE = "application/problem+json"


class ChangedMeanwhileError(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed_meanwhile"
    default_detail = (
        "This was changed since you read it. Read it again and send the new ETag in If-Match."
    )


class MatchRequiredError(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"
    default_detail = "Send the ETag that came with your copy in If-Match, or * to overwrite."


def problem(
    status_code: int, code: str, detail: str, fields: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Returns the body of an error. `fields` has the errors of each wrong field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "code": code,
        "detail": detail,
    }
    return body | ({"fields": fields} if fields else {})
