"""What a line of the log belongs to: a request, or a task of the queue and the step it does."""

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
_META = "HTTP_X_REQUEST_ID"  # as Django has it; `request.headers` would read all of them
# What a proxy or a client may call a request. It goes into a header, lines and pages.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def request_id_of(request: HttpRequest) -> str:
    """The same for the whole of a request: the one it came with, if that is short and plain."""
    known: str = getattr(request, "request_id", "")
    if not known:
        given = request.META.get(_META, "")
        known = given if _PLAIN.fullmatch(given) else secrets.token_hex(8)
        request.request_id = known  # type: ignore[attr-defined] # ours
    return known


@contextmanager
def within(request: HttpRequest) -> Iterator[None]:
    """Lines that are written meanwhile carry the request's id, and its user's once known."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def belongs_to() -> dict[str, Any]:
    """What a line written now belongs to. Who asks is there once somebody has looked it up."""
    request = _request.get()
    if request is None:
        return get_contextvars()
    asked = {"request_id": request_id_of(request), "user_id": user_id_of(request)}
    return asked | get_contextvars()


def user_id_of(request: HttpRequest) -> int | None:
    """Asks no database: a session's user is looked up by whoever needs it, or never."""
    user: Any = getattr(request, "_cached_user", None)
    if user is None:
        user = request.__dict__.get("user")
        # Not looked up yet; to ask it would be a query.
        if hasattr(user, "_wrapped"):
            return None
    number = getattr(user, "pk", None)
    return number if isinstance(number, int) else None


@contextmanager
def working_on(**values: Any) -> Iterator[None]:
    """Lines that are written meanwhile carry these; what is empty is left out."""
    with bound_contextvars(**{name: value for name, value in values.items() if value}):
        yield
