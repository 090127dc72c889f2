"""Admin page of failed logins that still count; its action ends a lock early."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.devices import STRANGE
from accounts.logins import lock_at, unlock, unlock_message
from common.admin.lists import ReadOnlyMixin


@admin.register(AccessAttempt)
class FailedLoginAdmin(ReadOnlyMixin, admin.ModelAdmin):  # type: ignore[type-arg] # axes has no types
    """Rows are written by logins. The unlock action deletes them."""

    list_display = (
        "username",
        "ip_address",
        "browser",
        "failures_since_start",
        "attempt_time",
        "locked",
    )
    search_fields = ("username", "ip_address")
    search_help_text = "User name or address"
    ordering = ("-attempt_time",)
    list_per_page = 100
    list_display_links = None
    actions = ("unlock",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(attempt_time__gt=timezone.now() - settings.LOGIN_COOL_OFF)

    @admin.display(description="browser")
    def browser(self, attempt: Any) -> str:
        return "one that they use" if attempt.user_agent != STRANGE else "unknown"

    @admin.display(description="locked out", boolean=True)
    def locked(self, attempt: Any) -> bool:
        """Whether the account's own failures or all those of its address make a lock."""
        return lock_at(attempt.username, attempt.ip_address, attempt.user_agent) is not None

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(description="Unlock: delete the selected failures", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        messages.success(request, unlock_message(unlock(queryset, request=request)))
