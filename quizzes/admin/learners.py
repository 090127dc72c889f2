"""Accounts, and how those that an import made are merged into people's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quizzes.imports.learners import MergeError, merge_learner, placeholders


class MergeForm(forms.Form):
    account = forms.CharField(
        label="User name of the account",
        max_length=150,
        help_text="The person's own account, which gets the attempts.",
    )

    def clean_account(self) -> User:
        name = self.cleaned_data["account"].strip()
        account = User.objects.filter(username=name).first()
        if account is None:
            raise forms.ValidationError(f"There is no account \u201c{name}\u201d.")
        return account


class ImportedFilter(admin.SimpleListFilter):
    title = "imported learners"
    parameter_name = "imported"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "not merged yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=placeholders()) if self.value() == "open" else queryset


class LearnerUserAdmin(UserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_filter = (*UserAdmin.list_filter, ImportedFilter)
    actions = ("merge",)

    def has_merge_permission(self, request: HttpRequest) -> bool:
        user = cast("Any", request.user)
        return bool(user.has_perm("courses.merge_learners") and user.has_perm("auth.change_user"))

    @admin.action(description="Merge imported learners into an account", permissions=["merge"])
    def merge(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Asks for the account and shows what will happen, then does it."""
        chosen = placeholders().filter(pk__in=queryset.values("pk")).order_by("username")
        learners = list(chosen.annotate(attempt_total=Count("attempts")))
        if len(learners) < queryset.count():
            words = "Choose only accounts that an import made and that nobody uses."
            self.message_user(request, words, messages.ERROR)
            return None
        form = MergeForm(request.POST if "merge_now" in request.POST else None)
        if form.is_valid():
            self._merge(request, learners, form.cleaned_data["account"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Merge imported learners into an account",
            "opts": self.opts,
            "form": form,
            "learners": learners,
        }
        return render(request, "admin/auth/user/merge.html", context)

    def _merge(self, request: HttpRequest, learners: Sequence[User], account: User) -> None:
        for learner in learners:
            try:
                moved = merge_learner(placeholder=learner, account=account)
            except MergeError as error:
                self.message_user(request, str(error), messages.ERROR)
                continue
            done = f"Merged {learner.first_name} into {account}; attempts moved: {moved}."
            self.log_change(request, account, done)
            self.message_user(request, done, messages.SUCCESS)


admin.site.unregister(User)
admin.site.register(User, LearnerUserAdmin)
