"""Writes a course with its quizzes to one JSON file, which import_json reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.models import Course
from courses.services import CourseStateError
from exchange.course_files.download import file_content, file_name


class Command(BaseCommand):
    help = "Write a course with its quizzes to one JSON file, which import_json reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("course", help="the course's number, or its name in addresses")
        parser.add_argument("--output", type=Path, help="by default NAME.profai.json, here")

    def handle(self, *_args: Any, course: str, output: Path | None, **_options: Any) -> None:
        field = "pk" if course.isdecimal() else "slug"
        found = Course.objects.filter(**{field: course}).first()
        if found is None:
            raise CommandError(f"There is no course {course}.")
        path = output or Path(file_name(found))
        try:
            path.write_bytes(file_content(found))
        except CourseStateError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(f"Wrote {path}")
