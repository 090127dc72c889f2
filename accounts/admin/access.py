"""Admin pages of failed logins that still count, and of tokens; actions unlock and revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.devices import STRANGE
from accounts.logins import lock_at, unlock, unlock_message
from accounts.models import PersonalToken
from accounts.services import revoke_token
from common.admin.lists import ReadOnlyMixin, SafeLists


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


if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[PersonalToken]
else:
    TokenModelAdmin = admin.ModelAdmin

TOKEN_FIELDS = (
    "name",
    "user",
    "prefix",
    "shown_scopes",
    "state",
    "created_at",
    "last_used_at",
    "expires_at",
    "revoked_at",
)


@admin.register(PersonalToken)
class PersonalTokenAdmin(SafeLists, TokenModelAdmin):
    """Read-only. Deleting is allowed, because a user cannot be deleted without it."""

    list_display = ("name", "user", "prefix", "state", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("name", "prefix", "user__username")
    date_hierarchy = "created_at"
    fields = readonly_fields = TOKEN_FIELDS
    actions = ("revoke",)

    @admin.display(description="scopes")
    def shown_scopes(self, token: PersonalToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def state(self, token: PersonalToken) -> str:
        return str(token.state.label)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PersonalToken | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_personaltoken")

    @admin.action(description="Revoke the selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[PersonalToken]) -> None:
        tokens = list(queryset.filter(revoked_at=None))
        for token in tokens:
            revoke_token(token)
        done = ngettext("%d token was revoked.", "%d tokens were revoked.", len(tokens))
        messages.success(request, done % len(tokens))
