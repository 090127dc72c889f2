"""The staff's pages for quizzes; importing the modules registers them."""

from __future__ import annotations

from quizzes.admin import attempt, certificate, course, outline, question, quiz, results
from quizzes.desk import views as desk

__all__ = [
    "attempt",
    "certificate",
    "course",
    "desk",
    "outline",
    "question",
    "quiz",
    "results",
]
