"""Versions of a course's texts: read, compared with the one before, put back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common.numbers import whole_number
from courses.differences import difference
from courses.models import Revision, RevisionKind
from courses.revisions import VersionError, restore, shown

MAX_SHOWN = 200


def versions_view(page: Any, request: HttpRequest, pk: int, kind: str, row: int) -> HttpResponse:
    """Shows all versions of a text and its proposals, newest first; each with what it changed."""
    course = page.visible_course(request, pk)
    if kind not in RevisionKind.values:
        raise Http404("There are no versions of such texts.")
    if request.method == "POST":
        return _restore(page, request, course, kind, row)
    found = course.revisions.filter(kind=kind, row=row).select_related("author")[:MAX_SHOWN]
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"Versions of this {RevisionKind(kind).label.lower()}",
        "course": course,
        "entries": list(_entries(list(found))),
        "may_restore": page.has_change_permission(request, course),
        "desk_item": f"{kind}-{row}" if kind in {"topic", "question"} else "",
    }
    return render(request, "admin/courses/course/versions.html", context)


def _entries(revisions: list[Revision]) -> Any:
    """Returns each version with its differences from the version before. The first version is shown
    as a whole.
    """
    for place, revision in enumerate(revisions):
        earlier = next((one for one in revisions[place + 1 :] if one.state == "version"), None)
        now = shown(revision)
        before = shown(earlier) if earlier else now
        changed = {
            label: difference(before.get(label, ""), text)
            for label, text in now.items()
            if earlier is None or before.get(label, "") != text
        }
        yield {"revision": revision, "changed": changed, "is_newest": place == 0}


def _restore(page: Any, request: HttpRequest, course: Any, kind: str, row: int) -> HttpResponse:
    if not page.has_change_permission(request, course):
        raise PermissionDenied
    number = whole_number(request.POST.get("version", ""))
    found = course.revisions.filter(kind=kind, row=row)
    revision = found.filter(pk=number).first() if number is not None else None
    if revision is None:
        raise Http404("There is no such version.")
    try:
        restored = restore(revision, by=request.user)
    except VersionError as error:
        messages.error(request, str(error))
    else:
        page.log_change(request, restored, "Put back a version.")
        messages.success(request, "The version is back. What stood there is kept too.")
    return redirect("admin:courses_course_versions", course.pk, kind, row)
