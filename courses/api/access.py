"""Which courses a request may read or change, by their slug in the address."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from courses.models import Course
from courses.queries import editable_courses, visible_courses


class MayAddCourses(BasePermission):
    message = "Your account may not make courses; ask an administrator."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return bool(request.user.has_perm("courses.add_course"))


def readable_course(request: Request, slug: str) -> Course:
    """Returns the course. Raises Http404 if the person may not even see it."""
    return get_object_or_404(visible_courses(request.user), slug=slug)


def changeable_course(request: Request, slug: str, permission: str = "") -> Course:
    """Returns the course. Raises PermissionDenied if the person may read it but not change it."""
    course = readable_course(request, slug)
    may = not permission or cast("Any", request.user).has_perm(permission)
    if not (may and editable_courses(request.user).filter(pk=course.pk).exists()):
        raise PermissionDenied("You may read this course, but not change it.")
    return course
