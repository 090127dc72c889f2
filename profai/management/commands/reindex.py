"""Builds the search index of courses again from the passages in the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.indexing import index_course
from courses.models import Course
from engine.llm.errors import AIError


class Command(BaseCommand):
    help = "Build the search index of one course, or of all, from the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", type=int, help="the id of one course")

    def handle(self, *_args: Any, course: int | None, **_options: Any) -> None:
        courses = Course.objects.order_by("pk")
        if course is not None:
            courses = courses.filter(pk=course)
            if not courses.exists():
                raise CommandError(f"There is no course with the id {course}.")
        for found in courses:
            try:
                count = index_course(found)
            except AIError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{found.pk} {found.title}: {count} passages")
