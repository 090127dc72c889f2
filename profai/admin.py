"""The name on the staff's pages, and what accounts get from several apps at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.audit import record, target_of
from accounts.sessions import end_sessions
from quizzes.admin.learners import LearnerUserAdmin

admin.site.site_header = "ProfAI"
admin.site.site_title = "ProfAI"
admin.site.index_title = "Courses, quizzes and jobs"
admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(LearnerUserAdmin):
    actions: Any = (*LearnerUserAdmin.actions, "sign_out")

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Ends all sessions of the accounts. Tokens are revoked in their own list."""
        ended = 0
        for user in queryset:
            ended += end_sessions(user.pk)
            record("sign out everywhere", request=request, target=target_of(user))
        words = ngettext("%d session was ended.", "%d sessions were ended.", ended)
        messages.success(request, words % ended)
