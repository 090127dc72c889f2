"""The engines that write quizzes, by name; each is imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from courses.engines import EXTRACTIVE, LLM, language_model
from engine.questions.schemas import QuizEngine

if TYPE_CHECKING:
    from engine.questions.llm.engine import LLMQuizEngine

ENGINES = {
    EXTRACTIVE: "engine.questions.extractive.engine.ExtractiveQuizEngine",
    LLM: "quizzes.engines.llm_quiz_engine",
}


def quiz_engine(name: str) -> QuizEngine:
    """Returns the engine that writes quizzes.

    Raises KeyError for a name that is not in ENGINES, which a system check finds at start, and
    AIError if the settings of a language model are wrong.
    """
    engine: QuizEngine = import_string(ENGINES[name])()
    return engine


def llm_quiz_engine() -> QuizEngine:
    make: type[LLMQuizEngine] = import_string("engine.questions.llm.engine.LLMQuizEngine")
    return make(language_model(), batch_tokens=settings.LLM_TOPIC_TOKENS)
