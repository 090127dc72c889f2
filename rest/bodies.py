"""How much may be sent, and where: a body is refused before anything has read or stored it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_encode = json.JSONEncoder(ensure_ascii=False).encode


class BodyLimits:
    """Bodies that nobody asks for would fill memory, or the disk for temporary files.

    Stands before what looks into forms, such as the check of their tokens: that reads all of the
    body, for pages and for the API with a session alike, and only then anybody asks for rights.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        """Raises RequestDataTooBig, and PermissionDenied for those who may not send so much."""
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return
        name = getattr(request.resolver_match, "view_name", "")
        most, right = settings.LONG_BODIES.get(name, (0, ""))
        if size > most:
            raise RequestDataTooBig("Nothing so long is expected here.")
        if not _may_send(request, right):
            raise PermissionDenied("Your account may not send files here; ask an administrator.")


def _may_send(request: HttpRequest, right: str) -> bool:
    """Whoever comes to the API without a session has a token, which is looked at before the body,
    or is refused as nobody in particular, before it too."""
    user: Any = request.user
    if request.path_info.startswith("/api/") and user.is_anonymous:
        return True
    return bool(user.has_perm(right))


class BoundedJSONParser(JSONParser):
    """Objects within objects without end are a client's mistake, not ours, and so are halves of
    characters: neither the database takes them, nor an answer that quotes them."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = super().parse(*args, **kwargs)
            _encode(data).encode()
        except RecursionError as error:
            raise ParseError("JSON parse error - too many levels within each other.") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half of a surrogate pair.") from error
        return data
