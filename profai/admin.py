"""The name on the staff's pages, what accounts get from several apps, what must not be there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import ngettext
from django_q.models import OrmQ, Schedule, Success

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
        users = list(queryset)
        mine = [user for user in users if self.has_change_permission(request, user)]
        ended = sum(_signed_out(request, user) for user in mine)
        words = ngettext("%d session was ended.", "%d sessions were ended.", ended)
        messages.success(request, words % ended)
        if left := len(users) - len(mine):
            words = ngettext(
                "%d account was left as it is", "%d accounts were left as they are", left
            )
            messages.error(request, f"{words % left}: only superusers sign staff out.")


def _signed_out(request: HttpRequest, user: User) -> int:
    ended = end_sessions(user.pk)
    record("sign out everywhere", request=request, target=target_of(user))
    return ended


# Whoever edits a schedule names a function that a worker calls, with any arguments: nobody who
# got hold of an administrator's session shall run programs here.
admin.site.unregister((OrmQ, Schedule, Success))

admin.site.unregister(Group)


@admin.register(Group)
class GuardedGroupAdmin(GroupAdmin):
    """Whoever could change a group could give themselves every right."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def view_on_site(request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
    """Django's own tells every member of staff the address, and so the title, of every row."""
    kind = get_object_or_404(ContentType, pk=content_type_id)
    page: Any = admin.site._registry.get(kind.model_class())  # type: ignore[arg-type] # may be None
    row = page and page.get_object(request, object_id)
    if row is None or not page.has_view_permission(request, row):
        raise Http404("There is no such row, or it is not yours.")
    answer: HttpResponse = shortcut(request, content_type_id, object_id)
    return answer
