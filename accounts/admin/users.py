"""Admin page of accounts: who may change whom, and signing people out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.audit.log import record, target_of
from accounts.names import check_name_is_free
from accounts.sessions import end_sessions
from common.admin.lists import SafeLists
from common.alphabet import Alphabetical

_actions: list[tuple[Callable[..., Any], Callable[[HttpRequest], bool]]] = []
_filters: list[type[admin.SimpleListFilter]] = []


def extend_account_admin(
    *,
    action: Callable[..., Any],
    allowed: Callable[[HttpRequest], bool],
    list_filter: type[admin.SimpleListFilter],
) -> None:
    """Adds to the list of accounts: an action, who is offered it, and a filter.

    Apps call it when their admin modules are imported.
    """
    _actions.append((action, allowed))
    _filters.append(list_filter)


class NewAccountForm(AdminUserCreationForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        check_name_is_free(name)
        return name


class AccountForm(UserChangeForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if name != self.initial.get("username"):
            check_name_is_free(name, but=self.instance.pk)
        return name


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(SafeLists, UserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """People who may change accounts cannot give themselves rights by it: only superusers give
    rights and change staff."""

    form = AccountForm
    add_form = NewAccountForm
    actions: Any = ("sign_out",)
    ordering = (Alphabetical("username"), "username")
    # Django's two lists side by side have names that screen readers do not read.
    filter_horizontal = ()

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*super().get_list_filter(request), *_filters]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        others = [action for action, allowed in _actions if allowed(request)]
        named = {action.__name__: action for action in others}
        return actions | {
            name: (action, name, vars(action)["short_description"])
            for name, action in named.items()
        }

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Saves only the fields changed in the form: others may have changed meanwhile."""
        if change:
            own = {field.name for field in User._meta.concrete_fields}
            obj.save(update_fields=[name for name in form.changed_data if name in own])
        else:
            super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "last_login", "date_joined"]
        if cast("Any", request.user).is_superuser:
            return fields
        return [*fields, "is_staff", "is_superuser", "groups", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if not cast("Any", request.user).is_superuser:
            queryset = queryset.filter(is_staff=False, is_superuser=False)
        super().delete_queryset(request, queryset)

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Ends all sessions of the accounts. Tokens are revoked in their own list."""
        users = list(queryset)
        mine = [user for user in users if self.has_change_permission(request, user)]
        ended = 0
        for user in mine:
            ended += end_sessions(user.pk)
            record("sign out everywhere", request=request, target=target_of(user))
        words = ngettext("%d session was ended.", "%d sessions were ended.", ended)
        messages.success(request, words % ended)
        if left := len(users) - len(mine):
            words = ngettext(
                "%d account was left as it is", "%d accounts were left as they are", left
            )
            messages.error(request, f"{words % left}: only superusers sign staff out.")


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    me = cast("Any", request.user)
    if account is None or me.is_superuser or account.pk == me.pk:
        return True
    return not (account.is_staff or account.is_superuser)
