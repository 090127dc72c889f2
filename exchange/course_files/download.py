"""An exported course as a file."""

from __future__ import annotations

import json

from courses.models import Course
from exchange.course_files.course import export_course


def file_name(course: Course) -> str:
    return f"{course.slug}.profai.json"


def file_content(course: Course) -> bytes:
    """Raises CourseStateError for a course that is still being made."""
    text = json.dumps(export_course(course), ensure_ascii=False, indent=1)
    return f"{text}\n".encode()
