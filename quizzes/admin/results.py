"""The results of a course: pupils and quizzes, questions that look broken, and both as files."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from common.sheets import csv_file
from courses.admin.course import CourseAdmin, CourseAdminExtension, extend_course_admin
from courses.models import Course
from quizzes.results import (
    averages,
    grid,
    grid_table,
    item_results,
    item_table,
    learners_of,
    quizzes_of,
)

LEARNERS_PER_PAGE = 50
TABLES = {"pupils": grid_table, "questions": item_table}


def _course(page: CourseAdmin, request: HttpRequest, pk: int) -> Course:
    course = page.visible_course(request, pk)
    if not request.user.has_perm("quizzes.view_attempt"):
        raise PermissionDenied
    return course


def results_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    course = _course(page, request, pk)
    quizzes = quizzes_of(course)
    learners = Paginator(learners_of(course), LEARNERS_PER_PAGE).get_page(request.GET.get("page"))
    items = item_results(course)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"Results of {course}",
        "course": course,
        "quizzes": quizzes,
        "learners": learners,
        "rows": grid(course, quizzes, learners.object_list),
        "averages": averages(course),
        "broken": [one for one in items if one.weight > 1],
        "others": [one for one in items if one.weight < 2],  # noqa: PLR2004 - see ItemResult
    }
    return render(request, "admin/courses/course/results.html", context)


def table_view(page: CourseAdmin, request: HttpRequest, pk: int, table: str) -> HttpResponse:
    course = _course(page, request, pk)
    if table not in TABLES:
        raise Http404("There is no such table.")
    return csv_file(TABLES[table](course), name=f"{course.slug}-{table}.csv")


class ResultsOfCourse(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        wrap = page.admin_site.admin_view
        show = require_safe(partial(results_view, page))
        table = require_safe(partial(table_view, page))
        return [
            path("<int:pk>/results/", wrap(show), name="courses_course_results"),
            path(
                "<int:pk>/results/<slug:table>.csv",
                wrap(table),
                name="courses_course_results_csv",
            ),
        ]


extend_course_admin(ResultsOfCourse())
