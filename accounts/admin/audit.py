"""The audit log: looked at and searched, by nobody changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AuditEntry

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


@admin.register(AuditEntry)
class AuditEntryAdmin(AuditModelAdmin):
    list_display = ("at", "actor", "action", "object_type", "object_name", "detail", "address")
    list_filter = ("at", "action", "object_type")
    list_per_page = 100
    # The database counts a long table slowly, and the number tells nobody anything.
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
