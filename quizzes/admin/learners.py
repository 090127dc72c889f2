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
    """Who may change accounts must not become more by it than they are: rights are given, and
    staff are changed, by superusers only."""

    list_filter = (*UserAdmin.list_filter, ImportedFilter)
    actions = ("merge",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
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


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    me = cast("Any", request.user)
    if account is None or me.is_superuser or account.pk == me.pk:
        return True
    return not (account.is_staff or account.is_superuser)


admin.site.unregister(User)
admin.site.register(User, LearnerUserAdmin)
