from __future__ import annotations

from django.apps import AppConfig

from courses.signals import changes_published, course_deletion


class QuizzesConfig(AppConfig):
    name = "quizzes"

    def ready(self) -> None:
        # Models are loaded now.
        from quizzes.additions import publish_accepted
        from quizzes.services import lock_quizzes
        from quizzes.signals import attempt_submitted
        from quizzes.wordings import request_reading

        course_deletion.connect(lock_quizzes)
        changes_published.connect(publish_accepted)
        attempt_submitted.connect(request_reading)
