"""What the admin pages of all apps share: the style sheet, labels, read-only pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

M = TypeVar("M", bound=Model)

LONGEST_SEARCH = 200

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ModelAdmin  # noqa: PLC0414 - for all admins
else:

    class ModelAdmin(admin.ModelAdmin, Generic[M]):
        """Django's own, which can be subscripted only for the type checker."""


def status_label(value: str, text: str) -> str:
    """A coloured label; the style sheet has a colour for every status there is."""
    return format_html('<span class="pa-label pa-{}">{}</span>', value, text)


class StatusAdmin(ModelAdmin[M]):
    """For models with a `status` that has choices."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """Every word asks for another look through all rows."""
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    @admin.display(description="status", ordering="status")
    def status_label(self, obj: Any) -> str:
        return status_label(obj.status, obj.get_status_display())


class ReadOnlyAdmin(StatusAdmin[M]):
    """Rows that programs write: people look at them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
