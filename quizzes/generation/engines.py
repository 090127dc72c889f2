"""The engines that write quizzes, by name; each is imported when it is first used."""

from __future__ import annotations

from django.utils.module_loading import import_string

from courses.generation.engines import EXTRACTIVE, LLM
from quizzes.generation.schemas import QuizEngine

ENGINES = {
    EXTRACTIVE: "quizzes.generation.extractive.ExtractiveQuizEngine",
    LLM: "quizzes.generation.configured.llm_quiz_engine",
}


def quiz_engine(name: str) -> QuizEngine:
    """Raises KeyError for a name that is not in ENGINES, which a system check finds at start,
    and AIError where the settings of a language model are wrong."""
    engine: QuizEngine = import_string(ENGINES[name])()
    return engine
