"""The staff's page: every part, the workers, the queue, the disks."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from profai.health.askers import sees_everything
from profai.health.checks import ALL, NEEDED_FOR_PAGES
from profai.health.overview import overview
from profai.health.parts import overall
from profai.health.views import examiner


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    if not sees_everything(request.user):
        raise PermissionDenied
    findings = examiner.examine(ALL)
    # Without its tables there is nothing else to show.
    tables = all(one.works for one in findings if one.part in NEEDED_FOR_PAGES)
    context = {
        **admin.site.each_context(request),
        "title": "Health",
        "status": overall(findings),
        "findings": findings,
        **(overview() if tables else {}),
    }
    return render(request, "admin/health.html", context)
