"""What a load balancer asks. It is told status codes; reasons are for staff and for the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from profai.health.askers import Asker
from profai.health.checks import ALL, DATABASE, NEEDED_FOR_PAGES
from profai.health.parts import Examiner, Finding, Status, overall

examiner = Examiner()
asker = Asker()


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": Status.OK})


@never_cache
@require_safe
def web(request: HttpRequest) -> JsonResponse:
    """Whether pages can be served: 503 if not."""
    return _answer(request, examiner.examine(NEEDED_FOR_PAGES))


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Every part. 503 if a critical one is missing; without another it is 200 and `degraded`."""
    return _answer(request, examiner.examine(ALL))


def _answer(request: HttpRequest, findings: Sequence[Finding]) -> JsonResponse:
    status = overall(findings)
    parts: dict[str, Any] = {one.part.name: one.status for one in findings}
    if _may_know(request, findings):
        parts = {one.part.name: _details(one) for one in findings}
    code = 503 if status is Status.DOWN else 200
    return JsonResponse({"status": status, "parts": parts}, status=code)


def _details(finding: Finding) -> dict[str, Any]:
    return {
        "status": finding.status,
        "critical": finding.part.critical,
        "why": finding.words,
        "seconds": round(finding.seconds, 4),
    }


def _may_know(request: HttpRequest, findings: Sequence[Finding]) -> bool:
    """Who is asking stands in the database: while that is away only the token counts."""
    token = str(settings.HEALTH_TOKEN)
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and constant_time_compare(sent, token):
        return True
    session: SessionBase = request.session
    if not session.session_key:
        return False
    works = any(one.part is DATABASE and one.works for one in findings)
    return works and asker.asks_for_staff(session)
