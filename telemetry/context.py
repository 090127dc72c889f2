"""What a log line belongs to: a request, or a task of the queue and its step."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from structlog.contextvars import bound_contextvars, get_contextvars

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"  # its key in `request.META`; `request.headers` is slower
# Request ids of proxies and clients that are accepted: they are shown in headers, logs and pages.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def request_id_of(request: HttpRequest) -> str:
    """Returns the request's id: the one in its header if that is short and plain, or a new one."""
    known: str = getattr(request, "request_id", "")
    if not known:
        given = request.META.get(_META, "")
        known = given if _PLAIN.fullmatch(given) else secrets.token_hex(8)
        request.request_id = known  # type: ignore[attr-defined] # ours
    return known


@contextmanager
def within(request: HttpRequest) -> Iterator[None]:
    """Adds the request's id, and its user's once known, to log lines of the block."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def belongs_to() -> dict[str, Any]:
    """Returns the values of a line that is written now. The user's id is there once it is known."""
    request = _request.get()
    if request is None:
        return get_contextvars()
    asked = {"request_id": request_id_of(request), "user_id": user_id_of(request)}
    return asked | get_contextvars()


def user_id_of(request: HttpRequest) -> int | None:
    """Returns the user's id; None if the user has not been read from the database yet."""
    # Whom a token names stands here, even if a middleware looked for a session's user before.
    user: Any = request.__dict__.get("user")
    if user is None or hasattr(user, "_wrapped"):
        # To read one that was not read yet would be a query.
        user = getattr(request, "_cached_user", None)
    number = getattr(user, "pk", None)
    return number if isinstance(number, int) else None


@contextmanager
def working_on(**values: Any) -> Iterator[None]:
    """Adds the values that are not empty to log lines of the block."""
    with bound_contextvars(**{name: value for name, value in values.items() if value}):
        yield
