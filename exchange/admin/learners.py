"""Merges the accounts that an import made into people's own, in the list of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.admin.users import AccountAdmin, extend_account_admin
from accounts.names import accounts_named
from common.alphabet import Alphabetical
from exchange.old_json.learners import MergeError, merge_learner, placeholders


class MergeForm(forms.Form):
    account = forms.CharField(
        label="User name of the account",
        max_length=150,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text="The person's own account, which gets the attempts.",
    )

    def clean_account(self) -> User:
        name = self.cleaned_data["account"].strip()
        found = accounts_named(name)
        if not found:
            raise forms.ValidationError(f"There is no account \u201c{name}\u201d.")
        if len(found) > 1:
            names = ", ".join(account.username for account in found)
            raise forms.ValidationError(f"Write the name exactly; these differ by case: {names}.")
        return found[0]


class ImportedFilter(admin.SimpleListFilter):
    title = "imported learners"
    parameter_name = "imported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "not merged yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=placeholders()) if self.value() == "open" else queryset


def may_merge(request: HttpRequest) -> bool:
    user = cast("Any", request.user)
    return bool(user.has_perm("exchange.merge_learners") and user.has_perm("auth.change_user"))


@admin.action(description="Merge imported learners into an account")
def merge(
    page: AccountAdmin, request: HttpRequest, queryset: QuerySet[User]
) -> HttpResponse | None:
    """Asks for the account and shows what will be merged, then merges."""
    chosen = placeholders().filter(pk__in=queryset.values("pk"))
    counted = chosen.annotate(attempt_total=Count("attempts"))
    learners = list(counted.order_by(Alphabetical("first_name"), "username"))
    if len(learners) < queryset.count():
        words = "Choose only accounts that an import made and that nobody uses."
        page.message_user(request, words, messages.ERROR)
        return None
    form = MergeForm(request.POST if "merge_now" in request.POST else None)
    if form.is_valid() and _merge(page, request, learners, form):
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": "Merge imported learners into an account",
        "opts": page.opts,
        "form": form,
        "learners": learners,
    }
    return render(request, "admin/auth/user/merge.html", context)


def _merge(
    page: AccountAdmin, request: HttpRequest, learners: Sequence[User], form: MergeForm
) -> bool:
    """Merges all of them in one transaction; returns False if the form has the error."""
    account: User = form.cleaned_data["account"]
    done = []
    try:
        with transaction.atomic():
            for learner in learners:
                moved = merge_learner(placeholder=learner, account=account)
                words = f"Merged {learner.first_name} into {account}; attempts moved: {moved}."
                page.log_change(request, account, words)
                done.append(words)
    except MergeError as error:
        form.add_error("account", str(error))
        return False
    for words in done:
        page.message_user(request, words, messages.SUCCESS)
    return True


extend_account_admin(action=merge, allowed=may_merge, list_filter=ImportedFilter)
