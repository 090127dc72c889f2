"""Health endpoints for load balancers: status codes for all, reasons for staff and the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from profai.health.authorization import StaffSessions
from profai.health.checks import DATABASE, NEEDED_FOR_PAGES, all_parts
from profai.health.parts import Finding, HealthChecker, Status, overall

checker = HealthChecker()
staff_sessions = StaffSessions()


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": Status.OK})


@never_cache
@require_safe
def web(request: HttpRequest) -> JsonResponse:
    """Whether pages can be served: 503 if not."""
    return _answer(request, checker.check(NEEDED_FOR_PAGES))


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Checks all parts: 503 if a critical one fails, 200 and `degraded` if another one fails."""
    return _answer(request, checker.check(all_parts()))


def _answer(request: HttpRequest, findings: Sequence[Finding]) -> JsonResponse:
    status = overall(findings)
    parts: dict[str, Any] = {one.part.name: one.status for one in findings}
    if _may_see_details(request, findings):
        parts = {
            one.part.name: {
                "status": one.status,
                "critical": one.part.critical,
                "why": one.words,
                "seconds": round(one.seconds, 4),
            }
            for one in findings
        }
    code = 503 if status is Status.DOWN else 200
    return JsonResponse({"status": status, "parts": parts}, status=code)


def _may_see_details(request: HttpRequest, findings: Sequence[Finding]) -> bool:
    """Whether the request has HEALTH_TOKEN or a session of staff. While the database fails, only
    the token counts."""
    token = str(settings.HEALTH_TOKEN)
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and constant_time_compare(sent, token):
        return True
    session: SessionBase = request.session
    if not session.session_key:
        return False
    works = any(one.part.name == DATABASE.name and one.works for one in findings)
    return works and staff_sessions.belongs_to_staff(session)
