"""The engines that write courses, by name; each is imported when it is first used."""

from __future__ import annotations

from django.utils.module_loading import import_string

from courses.generation.schemas import CourseEngine

EXTRACTIVE, LLM = "extractive", "llm"
ENGINES = {
    EXTRACTIVE: "courses.generation.extractive.ExtractiveCourseEngine",
    LLM: "courses.generation.configured.llm_course_engine",
}
# What to do when a provider fails for good: fail with its error, or let this engine finish.
FALLBACKS = ("stop", EXTRACTIVE)


def course_engine(name: str) -> CourseEngine:
    """Raises KeyError for a name that is not in ENGINES, which a system check finds at start,
    and AIError where the settings of a language model are wrong."""
    engine: CourseEngine = import_string(ENGINES[name])()
    return engine
