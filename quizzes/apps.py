from __future__ import annotations

from django.apps import AppConfig

from courses.signals import course_deletion


class QuizzesConfig(AppConfig):
    name = "quizzes"

    def ready(self) -> None:
        from quizzes.services import lock_quizzes  # models are loaded now

        course_deletion.connect(lock_quizzes)
