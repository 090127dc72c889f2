"""Turns errors of services, of DRF and of Django into problem details."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.services import TokenMadeError, TooManyTokensError
from common.idempotency import KeyReusedError
from common.outside_calls import OutsideBusyError
from common.rest.problems import MEDIA_TYPE, problem
from common.transactions import FOREIGN_KEY, UNIQUE, is_given_up, sqlstate
from courses.direct_uploads import NoDirectUploadError
from courses.revisions import VersionError
from courses.services import CourseStateError
from engine.llm.errors import AIError
from engine.reading.document import DocumentRejectedError
from jobs.errors import JobStateError
from profai.errors import error_page, log_failure
from quizzes.attempt_errors import AttemptError
from quizzes.editing import QuestionStateError
from quizzes.flashcards import CardAnsweredError
from webhooks.services import EndpointStateError

logger = logging.getLogger(__name__)

Answer = tuple[str, str, int]
RETRY_AFTER = "1"  # seconds
KEPT_HEADERS = {"Allow", "Retry-After", "WWW-Authenticate"}


def _rejected(error: DocumentRejectedError) -> Answer:
    status = {"too_large": 413, "storage_away": 503, "storage_full": 507}.get(error.code, 400)
    return error.code, error.message, status


def _attempt(error: AttemptError) -> Answer:
    return ("conflict", str(error), 409) if error.conflict else ("invalid", str(error), 400)


def _invalid(error: ValidationError) -> Answer:
    return "invalid", " ".join(error.messages), 400


def _too_many(_error: TooManyFilesSent) -> Answer:
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    return "too_many_files", f"Send at most {limit} files at a time.", 400


def _database(error: DatabaseError) -> Answer | None:
    """Returns the answer to a conflict between requests at the same time; None for other errors."""
    if is_given_up(error):
        detail = "Others are changing the same data, so this was not done. Send it again."
        return "busy", detail, 503
    if sqlstate(error) == FOREIGN_KEY:
        detail = "Something that this needs has been deleted, so it was not done."
        return "conflict", detail, 409
    if sqlstate(error) == UNIQUE:
        detail = "Another request made the same just now. Look for it before you try again."
        return "conflict", detail, 409
    return None


TOO_LARGE: Answer = ("invalid", "The request is larger than is allowed.", 400)
MALFORMED: Answer = ("invalid", "The request is malformed and could not be read.", 400)
CUT_OFF: Answer = ("cut_off", "The request ended before all of it had arrived; send it again.", 400)
GONE: Answer = ("not_found", "This has been deleted.", 404)
# The first type that matches decides: TooManyFilesSent is a SuspiciousOperation, too. The answer is
# a constant, or made by a function of the error. An empty detail means the error's own message.
REFUSALS: tuple[tuple[type[Exception], Answer | Callable[[Any], Answer | None]], ...] = (
    (DocumentRejectedError, _rejected),
    (CourseStateError, ("conflict", "", 409)),
    (VersionError, ("conflict", "", 409)),
    (NoDirectUploadError, ("direct_upload_unavailable", "", 409)),
    (JobStateError, ("conflict", "", 409)),
    (TokenMadeError, ("conflict", "", 409)),
    (TooManyTokensError, ("too_many_tokens", "", 409)),
    (AttemptError, _attempt),
    (QuestionStateError, ("conflict", "", 409)),
    (CardAnsweredError, ("conflict", "", 409)),
    (EndpointStateError, ("conflict", "", 409)),
    (KeyReusedError, ("key_reused", "", 422)),
    (AIError, ("unavailable", "", 503)),
    (OutsideBusyError, ("unavailable", "", 503)),
    (ValidationError, _invalid),
    (TooManyFilesSent, _too_many),
    (RequestDataTooBig, TOO_LARGE),
    (TooManyFieldsSent, TOO_LARGE),
    (SuspiciousOperation, MALFORMED),
    (UnreadablePostError, CUT_OFF),
    (ObjectDoesNotExist, GONE),
    (DatabaseError, _database),
)


def handle_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: all errors become responses of one form."""
    refusal = _refusal(error)
    if refusal is not None:
        code, detail, status = refusal
        fields = cast("Any", error).message_dict if hasattr(error, "error_dict") else None
        return _answer(status, code, detail, fields, _retry_after(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {
        name: value
        for name, value in response.items()
        if name in {"WWW-Authenticate", "Retry-After"}
    }
    return _answer(response.status_code, *_words(error, response), headers=headers)


def _refusal(error: Exception) -> Answer | None:
    """Returns the answer to an error that is not the server's fault; None for all others."""
    found = next((answer for kind, answer in REFUSALS if isinstance(error, kind)), None)
    if callable(found):
        found = found(error)
    if found is None:
        return None
    code, detail, status = found
    if isinstance(error, DatabaseError | ObjectDoesNotExist):
        logger.warning("Answered with %s", status, exc_info=error)
    return code, detail or str(error), status


def _retry_after(error: Exception) -> dict[str, str]:
    return {"Retry-After": RETRY_AFTER} if is_given_up(error) else {}


class RefusalMiddleware:
    """Answers conflicts between requests to pages as the API does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Returns the response to a conflict; None for errors that Django answers itself."""
        refusal = None
        if isinstance(error, DatabaseError | ObjectDoesNotExist):
            refusal = _refusal(error)
        if refusal is None:
            return None
        code, detail, status = refusal
        if _is_api(request):
            answer: HttpResponse = _json(status, code, detail)
        else:
            answer = error_page(request, status, detail)
        for name, value in _retry_after(error).items():
            answer[name] = value
        return answer


def _answer(
    status_code: int,
    code: str,
    detail: str,
    fields: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = problem(status_code, code, detail, fields)
    return Response(body, status=status_code, headers=headers, content_type=MEDIA_TYPE)


def _words(error: Exception, response: Response) -> tuple[str, str, dict[str, Any] | None]:
    """Returns the code, the detail and the fields that are not valid."""
    if isinstance(error, exceptions.ValidationError):
        data = response.data
        if isinstance(data, dict):
            return "invalid", "Some fields are not valid.", data
        return "invalid", " ".join(str(words) for words in data), None
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
        return code, str(error.detail), None
    # Django's own, which have no code.
    names = {403: "permission_denied", 404: "not_found"}
    code = names.get(response.status_code, "error")
    return code, str(response.data.get("detail", error)), None


@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
@permission_classes([])
def unknown(_request: Request, /, **_kwargs: Any) -> Response:
    """Answers URLs below /api/ that do not exist, in the form of all errors there."""
    return _answer(404, "not_found", "There is nothing at this address; see /api/docs/.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers requests that Django refuses before a view, for example with too many files."""
    code, detail, status = _refusal(exception) or MALFORMED
    if _is_api(request):
        return _json(status, code, detail)
    return error_page(request, 400, detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers requests that the user has no right to."""
    if _is_api(request):
        return _json(403, "permission_denied", str(exception))
    return error_page(request, 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answers unexpected errors: JSON below /api/, a page elsewhere; the log has the details."""
    reference = log_failure(request)
    if _is_api(request):
        detail = (
            "Something went wrong here; it has been logged. Try again later, or report it with "
            f"the reference {reference}."
        )
        body = problem(500, "error", detail) | {"reference": reference}
        answer: HttpResponse = JsonResponse(body, status=500, content_type=MEDIA_TYPE)
    else:
        answer = error_page(request, 500)
    # Django would log the trace again, without the reference.
    answer._has_been_logged = True  # type: ignore[attr-defined] # what its own log looks at
    return answer


def _json(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
