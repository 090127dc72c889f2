"""The health page for staff: parts, workers, queue, disks."""

from __future__ import annotations

import threading

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.login_return import posted_from
from courses.engines import LLM
from engine.llm.configuration import calls_folder
from engine.llm.reports import last_report
from profai.health.authorization import sees_everything
from profai.health.checks import NEEDED_FOR_PAGES, all_parts
from profai.health.overview import overview
from profai.health.parts import overall
from profai.health.views import checker


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not sees_everything(request.user):
        raise PermissionDenied
    findings = checker.check(all_parts())
    # Without the database there is nothing else to show.
    tables = all(one.works for one in findings if one.part in NEEDED_FOR_PAGES)
    context = {
        **admin.site.each_context(request),
        "title": "Health",
        "status": overall(findings),
        "findings": findings,
        "model_is_used": settings.COURSE_ENGINE == LLM,
        "model": last_report(calls_folder(settings)),
        "model_is_checked": _model_check.locked(),
        **(overview() if tables else {}),
    }
    return render(request, "admin/health.html", context)


# A check takes a minute or two; the page does not wait for it, and there is one at a time.
_model_check = threading.Lock()


@posted_from("admin-health")
def check_model(request: HttpRequest) -> HttpResponse:
    """Tests the language model in a new thread; the page shows the result."""
    if not sees_everything(request.user):
        raise PermissionDenied
    if _model_check.acquire(blocking=False):
        threading.Thread(target=_check, name="check-model", daemon=True).start()
    messages.info(request, "The language model is being asked. Reload this page in a minute.")
    return redirect("admin-health")


def _check() -> None:
    try:
        # Its libraries are loaded when they are first needed.
        import_string("engine.llm.probe.check")(settings)
    finally:
        connections.close_all()
        _model_check.release()
