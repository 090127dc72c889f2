"""Read-only admin pages of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

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


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyMixin, AuditModelAdmin):
    list_display = ("at", "actor", "action", "object_type", "object_name", "detail", "address")
    list_filter = ("at", "action", "object_type")
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
