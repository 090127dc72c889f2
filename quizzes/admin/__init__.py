"""The staff's pages for quizzes; importing the modules registers them."""

from __future__ import annotations

from quizzes.admin import additions, attempt, certificate, course, outline, question, quiz, results
from quizzes.desk import views as desk

__all__ = [
    "additions",
    "attempt",
    "certificate",
    "course",
    "desk",
    "outline",
    "question",
    "quiz",
    "results",
]
