"""The language-model engine as the settings have it."""

from __future__ import annotations

from django.conf import settings

from courses.generation.llm.engine import LLMCourseEngine
from courses.generation.schemas import CourseEngine
from profai.ai.client import language_model
from profai.ai.configuration import llm_config


def llm_course_engine() -> CourseEngine:
    """Raises AIError where the settings are wrong."""
    return LLMCourseEngine(
        language_model(llm_config()),
        outline_tokens=settings.LLM_OUTLINE_TOKENS,
        topic_tokens=settings.LLM_TOPIC_TOKENS,
    )
