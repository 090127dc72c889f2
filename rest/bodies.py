"""How much may be sent, and where: a body is refused before anything has read or stored it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BodyLimits:
    """Bodies that nobody asks for would fill memory, or the disk for temporary files.

    Stands before what looks into forms, such as the check of their tokens. An API view knows
    who sends something before it reads the body; a page does not, so that is asked here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        """Raises RequestDataTooBig."""
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return
        most = settings.LONG_BODIES.get(getattr(request.resolver_match, "view_name", ""), 0)
        if size > most or not (request.path_info.startswith("/api/") or _is_staff(request)):
            raise RequestDataTooBig("Nothing so long is expected here.")


def _is_staff(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_active and user.is_staff)


class BoundedJSONParser(JSONParser):
    """Objects within objects without end are a client's mistake, not ours."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError("JSON parse error - too many levels within each other.") from error
