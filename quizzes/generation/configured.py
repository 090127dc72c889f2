"""The language-model engine as the settings have it."""

from __future__ import annotations

from django.conf import settings

from profai.ai.client import language_model
from profai.ai.configuration import llm_config
from quizzes.generation.llm.engine import LLMQuizEngine
from quizzes.generation.schemas import QuizEngine


def llm_quiz_engine() -> QuizEngine:
    """Raises AIError where the settings are wrong."""
    return LLMQuizEngine(language_model(llm_config()), batch_tokens=settings.LLM_TOPIC_TOKENS)
