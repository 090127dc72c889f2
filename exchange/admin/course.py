"""The download of a course as a file, on the course's page."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from common.files import made_file
from courses.admin.course import CourseAdmin, CourseAdminExtension, extend_course_admin
from courses.services import CourseStateError
from exchange.course_files.download import file_content, file_name


def export_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    course = page.get_object(request, str(pk))
    if course is None:
        raise Http404("There is no such course, or it is not yours.")
    try:
        content = file_content(course)
    except CourseStateError as error:
        page.message_user(request, str(error), messages.ERROR)
        return redirect("admin:courses_course_change", pk)
    return made_file(content, name=file_name(course), content_type="application/json")


class CourseDownload(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        view = page.admin_site.admin_view(partial(export_view, page))
        return [path("<int:pk>/export/", view, name="courses_course_export")]


extend_course_admin(CourseDownload())
