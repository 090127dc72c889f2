"""The staff's pages for quizzes; importing the modules registers them."""

from __future__ import annotations

from quizzes.admin import attempt, course, imports, learners, question, quiz

__all__ = ["attempt", "course", "imports", "learners", "question", "quiz"]
