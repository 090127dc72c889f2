"""Quizzes from the text itself, with no model and no network."""
