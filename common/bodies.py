"""Limits on request bodies: one that is too long is refused before it is read or stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from common.login_return import to_login
from common.nesting import TooDeepError, check_levels

_encode = json.JSONEncoder(ensure_ascii=False).encode


class BodyLimitsMiddleware:
    """Refuses long bodies, which would fill memory or the disk, before rights have been checked.

    It comes before all middleware that reads forms, such as the CSRF check: that reads the whole
    body, for pages and for the API with a session, before a view checks rights.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Redirects anonymous people to the login, which leads back to the form.

        Raises RequestDataTooBig, and PermissionDenied for people who may not send so much.
        """
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            return None
        name = getattr(request.resolver_match, "view_name", "")
        max_size, right = settings.LONG_BODIES.get(name, (0, ""))
        if size > max_size:
            raise RequestDataTooBig("The request body is too long for this address.")
        user: Any = request.user
        if user.is_anonymous:
            # The API without a session needs a token, which is checked before the body is read.
            return None if request.path_info.startswith("/api/") else to_login(request)
        if not user.has_perm(right):
            raise PermissionDenied("Your account may not send files here; ask an administrator.")
        return None


class BoundedJSONParser(JSONParser):
    """Answers 400 to JSON that is nested too deep, and to halves of surrogate pairs, which neither
    the database nor a response can hold.

    It skips the mark with which programs on Windows begin UTF-8.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        context = {**(parser_context or {}), "encoding": "utf-8-sig"}
        try:
            data = super().parse(stream, media_type, context)
            check_levels(data)
            _encode(data).encode()
        except (RecursionError, TooDeepError) as error:
            raise ParseError(f"JSON parse error - {TooDeepError()}") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half of a surrogate pair.") from error
        return data
