"""Deleting from a list, with an entry of the audit log for each row.

Django writes its own log of several deletions at once, without the signal that the audit log
listens to.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected as djangos
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.audit.log import record, target_of


@admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
def delete_selected(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    targets = [target_of(row) for row in queryset] if request.POST.get("post") else []
    answer: Any = djangos(model_admin, request, queryset)
    # A single row has sent the signal. A page as answer asks for confirmation or refuses.
    if answer is None and len(targets) > 1:
        for target in targets:
            record("delete", request=request, target=target)
    return answer  # type: ignore[no-any-return] # Django's own answer


admin.site.add_action(delete_selected, "delete_selected")
