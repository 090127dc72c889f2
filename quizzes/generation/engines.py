"""The engines that write quizzes, by name; each is imported when it is first used."""

from __future__ import annotations

from functools import lru_cache

from django.utils.module_loading import import_string

from quizzes.generation.schemas import QuizEngine

ENGINES = {"extractive": "quizzes.generation.extractive.ExtractiveQuizEngine"}


@lru_cache
def quiz_engine(name: str) -> QuizEngine:
    """Raises KeyError for a name that is not in ENGINES; a system check finds it at start."""
    engine: QuizEngine = import_string(ENGINES[name])()
    return engine
