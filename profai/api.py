"""How refusals of services, of DRF and of Django become problem details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.services import TokenMadeError, TooManyTokensError
from courses.direct import NoDirectUploadError
from courses.ingestion.document import DocumentRejectedError
from courses.services import CourseStateError
from jobs.errors import JobStateError, KeyReusedError
from profai.ai.errors import AIError
from profai.errors import error_page, log_failure
from quizzes.editing import QuestionStateError
from quizzes.services import AttemptError
from rest.problems import MEDIA_TYPE, problem
from webhooks.services import EndpointStateError

Answer = tuple[str, str, int]
KEPT_HEADERS = {"Allow", "Retry-After", "WWW-Authenticate"}


def _rejected(error: DocumentRejectedError) -> Answer:
    return error.code, error.message, {"too_large": 413, "storage_full": 507}.get(error.code, 400)


def _attempt(error: AttemptError) -> Answer:
    return ("conflict", str(error), 409) if error.conflict else ("invalid", str(error), 400)


def _conflict(error: Exception) -> Answer:
    return "conflict", str(error), 409


def _too_many_tokens(error: TooManyTokensError) -> Answer:
    return "too_many_tokens", str(error), 409


def _no_direct_upload(error: NoDirectUploadError) -> Answer:
    return "direct_upload_unavailable", str(error), 409


def _reused(error: KeyReusedError) -> Answer:
    return "key_reused", str(error), 422


def _invalid(error: ValidationError) -> Answer:
    return "invalid", " ".join(error.messages), 400


def _unavailable(error: AIError) -> Answer:
    return "unavailable", str(error), 503


def _too_many(_error: TooManyFilesSent) -> Answer:
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    return "too_many_files", f"Send at most {most} files at a time.", 400


def _too_large(_error: SuspiciousOperation) -> Answer:
    return "invalid", "The request is larger than is allowed.", 400


def _malformed(_error: Exception) -> Answer:
    return "invalid", "The request is malformed and could not be read.", 400


def _cut_off(_error: UnreadablePostError) -> Answer:
    return "cut_off", "The request ended before all of it had come; send it again.", 400


# The first that fits decides: TooManyFilesSent is a SuspiciousOperation too.
REFUSALS: tuple[tuple[type[Exception], Callable[[Any], Answer]], ...] = (
    (DocumentRejectedError, _rejected),
    (CourseStateError, _conflict),
    (NoDirectUploadError, _no_direct_upload),
    (JobStateError, _conflict),
    (TokenMadeError, _conflict),
    (TooManyTokensError, _too_many_tokens),
    (AttemptError, _attempt),
    (QuestionStateError, _conflict),
    (EndpointStateError, _conflict),
    (KeyReusedError, _reused),
    (AIError, _unavailable),
    (ValidationError, _invalid),
    (TooManyFilesSent, _too_many),
    (RequestDataTooBig, _too_large),
    (TooManyFieldsSent, _too_large),
    (SuspiciousOperation, _malformed),
    (UnreadablePostError, _cut_off),
)


def handle_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: services' refusals become answers, all in one shape."""
    refusal = _refusal(error)
    if refusal is not None:
        code, detail, status = refusal
        return _answer(status, code, detail, getattr(error, "error_dict", None) and _fields(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {
        name: value
        for name, value in response.items()
        if name in {"WWW-Authenticate", "Retry-After"}
    }
    return _answer(response.status_code, *_words(error, response), headers=headers)


def _fields(error: Any) -> dict[str, Any]:
    fields: dict[str, Any] = error.message_dict
    return fields


def _refusal(error: Exception) -> Answer | None:
    return next((answer(error) for kind, answer in REFUSALS if isinstance(error, kind)), None)


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
    """Code, detail and wrong fields."""
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
    """Addresses below /api/ that do not exist are answered like every other error there."""
    return _answer(404, "not_found", "There is nothing at this address; see /api/docs/.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Requests that Django refuses before a view sees them, such as one of too many files."""
    code, detail, status = _refusal(exception) or _malformed(exception)
    if _is_api(request):
        return _json(status, code, detail)
    return error_page(request, 400, detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Requests that are refused before a view sees them, and pages that are not for somebody."""
    if _is_api(request):
        return _json(403, "permission_denied", str(exception))
    return error_page(request, 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Errors that nobody foresaw: JSON below /api/, the page elsewhere; the log has the rest."""
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
    # Django would log the trace once more, without the reference.
    answer._has_been_logged = True  # type: ignore[attr-defined] # what its own log looks at
    return answer


def _json(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
