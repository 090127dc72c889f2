"""Admin page of tokens: owner, scopes, last use; administrators can revoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import PersonalToken
from accounts.services import revoke_token
from common.admin.lists import SoundLists

if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[PersonalToken]
else:
    TokenModelAdmin = admin.ModelAdmin

FIELDS = (
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
class PersonalTokenAdmin(SoundLists, TokenModelAdmin):
    """Read-only. Deleting is allowed, because a user cannot be deleted without it."""

    list_display = ("name", "user", "prefix", "state", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("name", "prefix", "user__username")
    date_hierarchy = "created_at"
    fields = readonly_fields = FIELDS
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
