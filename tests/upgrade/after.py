"""Migrates the database of DATABASE_URL and prints, as JSON, what its people then see."""

from __future__ import annotations

import json
import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "profai.settings.test")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models need the set-up
from django.test import Client  # noqa: E402

from quizzes.models import Answer, Attempt  # noqa: E402
from quizzes.queries import visible_quizzes, with_question_count  # noqa: E402


def seen() -> dict[str, object]:
    people = {name: Client() for name in ("learner", "teacher", "chief")}
    for name, client in people.items():
        client.force_login(User.objects.get(username=name))
    attempts = Attempt.objects.filter(learner__username="learner").order_by("pk")
    pages = {
        "attempts": [people["learner"].get(f"/attempts/{one.pk}/").status_code for one in attempts],
        "history": people["learner"].get("/history/").status_code,
        "imports": people["chief"].get("/admin/exchange/importrun/").status_code,
        "imports of a teacher": people["teacher"].get("/admin/exchange/importrun/").status_code,
        "courses": people["teacher"].get("/admin/courses/course/").status_code,
    }
    scores = [[one.correct, one.total, one.percentage, one.passed] for one in attempts]
    answers = Answer.objects.filter(attempt__in=attempts).order_by(
        "-attempt__started_at", "attempt_id", "position"
    )
    learner = User.objects.get(username="learner")
    quizzes = with_question_count(visible_quizzes(learner)).order_by("pk")
    return {
        "pages": pages,
        "scores": scores,
        "points": [[one.points_label, one.has_parts] for one in attempts],
        "shares": [one.share for one in answers],
        "given": [one.given for one in answers],
        "rights": [[*one.body.key_lines] for one in answers],
        "asked": [[one.pk, vars(one)["question_count"]] for one in quizzes],
    }


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    json.dump(seen(), sys.stdout)
