"""Quizzes from the text itself, with no model and no network."""

from quizzes.generation.extractive.engine import ExtractiveQuizEngine

__all__ = ["ExtractiveQuizEngine"]
