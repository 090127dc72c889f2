"""Quizzes from the text itself, with no model and no network."""

from engine.questions.extractive.engine import ExtractiveQuizEngine

__all__ = ["ExtractiveQuizEngine"]
