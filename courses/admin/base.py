"""Rows that belong to a course: staff see those of the courses they may change."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from common.admin.base import StatusAdmin
from common.numbers import whole_number
from courses.models import Course
from courses.queries import editable_courses, of_editable_courses
from courses.services import CourseStateError

M = TypeVar("M", bound=Model)

_WHOLE = IntegerField()


def count_by(rows: QuerySet[Any], row: str) -> Coalesce:
    """Returns a subquery: how many of `rows` belong to each row of the list.

    A join would count the whole table before the list is cut into pages, and would multiply several
    counts.
    """
    mine = rows.filter(**{row: OuterRef("pk")}).order_by().values(row)
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0, output_field=_WHOLE)


class CourseFilter(admin.SimpleListFilter):
    """Narrows a list to the course that a link names. It shows no menu of courses, which would be
    too long.
    """

    title = "course"
    parameter_name = "of_course"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self._path = model_admin.course_path
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(course.pk), course.title) for course in self._chosen(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() is None:
            return None
        return queryset.filter(**{f"{self._path}__in": self._chosen(request)})

    def _chosen(self, request: HttpRequest) -> QuerySet[Course]:
        key = whole_number(self.value() or "")
        courses = editable_courses(request.user)
        return courses.none() if key is None else courses.filter(pk=key)


class CourseRowAdmin(StatusAdmin[M]):
    """`course_path` leads from the model to its course.

    Rows come and go with their course; what is wrong is edited or rejected, not deleted,
    because learners' results and citations refer to it.
    """

    course_path = "course"
    refusals: tuple[type[Exception], ...] = (ValidationError, CourseStateError)
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return of_editable_courses(super().get_queryset(request), request.user, self.course_path)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ReadOnlyRowAdmin(CourseRowAdmin[M]):
    """For rows that nobody edits: what was read from documents, and what learners did."""

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
