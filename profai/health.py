"""What a load balancer asks: is the process alive, and can it do its work."""

from __future__ import annotations

import logging

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from profai.ai import vectorstore
from profai.ai.errors import AIError

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def web(_request: HttpRequest) -> JsonResponse:
    """Whether pages can be served. They need no Chroma: only workers ask it anything."""
    return _answer({"database": _database()})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """503 if a part is missing. Which one is said; why is in the log only."""
    return _answer({"database": _database(), "chroma": _chroma()})


def _answer(parts: dict[str, bool]) -> JsonResponse:
    well = all(parts.values())
    words = {name: "ok" if answers else "down" for name, answers in parts.items()}
    return JsonResponse({"status": "ok" if well else "down"} | words, status=200 if well else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("Not ready: the database does not answer: %s", error)
        return False
    return True


def _chroma() -> bool:
    try:
        vectorstore.heartbeat()
    except AIError as error:
        logger.warning("Not ready: %s", error)
        return False
    return True
