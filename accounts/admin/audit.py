"""The audit log: looked at and searched, by nobody changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from accounts.admin.kept import KeptAsTheyAre
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
class AuditEntryAdmin(KeptAsTheyAre, AuditModelAdmin):
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
