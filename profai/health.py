"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from profai.ai import vectorstore
from profai.ai.errors import AIError


def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """503 if the database or Chroma does not answer; the body says which."""
    checks = {"database": _works(connection.ensure_connection), "chroma": _works(_chroma)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _chroma() -> None:
    vectorstore.heartbeat()


def _works(check: Callable[[], None]) -> bool:
    try:
        check()
    except (AIError, DatabaseError):
        return False
    return True
