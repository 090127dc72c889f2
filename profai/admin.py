"""Settings of the admin site for all apps: titles, hidden pages, rights to groups and history."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django_q.admin import FailAdmin
from django_q.models import Failure, OrmQ, Schedule, Success

from common.admin.lists import SafeLists

# A schedule names a function that a worker calls with any arguments. A stolen session of an
# administrator must not be enough to run programs here.
admin.site.unregister((OrmQ, Schedule, Success))

admin.site.unregister((Group, Failure))


@admin.register(Failure)
class FailureAdmin(SafeLists, FailAdmin):  # type: ignore[misc] # django-q2 has no types
    """Django-Q2's own page."""


@admin.register(Group)
class GuardedGroupAdmin(SafeLists, GroupAdmin):
    """Lets only superusers change groups: others could give themselves every right."""

    # Django's two lists side by side have names that screen readers do not read.
    filter_horizontal = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def history(request: HttpRequest, app: str, model: str, object_id: str) -> HttpResponse:
    """Shows the history of a row. 404 if there is no such row, or if the user may not see it.

    Django's own view answers these two cases differently, so that all staff could find out which
    rows exist.
    """
    pages: dict[str, Any] = {k._meta.label_lower: page for k, page in admin.site._registry.items()}
    page: Any = pages.get(f"{app}.{model}")
    row = page and page.get_object(request, unquote(object_id))
    if row is None or not page.has_view_or_change_permission(request, row):
        raise Http404("There is no such row, or it is not yours.")
    answer: HttpResponse = page.history_view(request, object_id)
    return answer


def view_on_site(request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
    """Redirects to a row's page, if the user may see the row.

    Django's own view shows all staff the address, and so the title, of every row.
    """
    kind = get_object_or_404(ContentType, pk=content_type_id)
    page: Any = admin.site._registry.get(kind.model_class())  # type: ignore[arg-type] # may be None
    row = page and page.get_object(request, object_id)
    if row is None or not page.has_view_permission(request, row):
        raise Http404("There is no such row, or it is not yours.")
    answer: HttpResponse = shortcut(request, content_type_id, object_id)
    return answer
