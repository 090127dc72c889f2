"""The page of the audit log, and deleting from a list with an entry of the log for each row.

Django writes its own log of several deletions at once, without the signal that the audit log
listens to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected as djangos
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.audit.log import record, target_of
from accounts.models import AuditEntry
from common.admin.lists import ReadOnlyMixin

if TYPE_CHECKING:
    AuditModelAdmin = admin.ModelAdmin[AuditEntry]
else:
    AuditModelAdmin = admin.ModelAdmin

FIELDS = (
    "at",
    "actor",
    "actor_id",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "detail",
    "address",
    "by_token",
    "reference",
)


class ObjectTypeFilter(admin.AllValuesFieldListFilter):
    """Entries of nothing in particular, such as logins, have a name to choose them by."""

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            yield choice | {"display": choice["display"] or "none"}


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyMixin, AuditModelAdmin):
    list_display = ("at", "actor", "action", "object_type", "object_name", "detail", "address")
    list_filter = ("at", "action", ("object_type", ObjectTypeFilter))
    list_per_page = 100
    # Counting a long table is slow, and nobody needs the number.
    show_full_result_count = False
    date_hierarchy = "at"
    search_fields = (
        "actor__iexact",
        "object_id__exact",
        "object_name",
        "detail",
        "address",
        "reference",
    )
    search_help_text = "User, number or name of what was changed, words, address, reference"
    fields = readonly_fields = FIELDS


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
