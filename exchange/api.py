"""A course with its quizzes as one file, for those who may change it."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from common.files import made_file
from common.rest.views import APIView
from courses.api.access import changeable_course
from exchange.course_files.download import file_content, file_name


class ExportView(APIView):
    # The file has the right answers; the API of questions needs the same scope.
    scopes: ClassVar = {"*": "quizzes:write"}

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Download the course with modules, topics, sources and quizzes, right answers and all.

        docs/import.md says what is in the file, and how it comes back in.
        """
        course = changeable_course(request, slug)
        content = file_content(course)
        return made_file(content, name=file_name(course), content_type="application/json")
