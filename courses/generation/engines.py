"""The engines that write courses, by name; each is imported when it is first used."""

from __future__ import annotations

from functools import lru_cache

from django.utils.module_loading import import_string

from courses.generation.schemas import CourseEngine

ENGINES = {"extractive": "courses.generation.extractive.ExtractiveCourseEngine"}


@lru_cache
def course_engine(name: str) -> CourseEngine:
    """Raises KeyError for a name that is not in ENGINES; a system check finds it at start."""
    engine: CourseEngine = import_string(ENGINES[name])()
    return engine
