"""Choices of a question that nobody can tell apart get a number, as in imports."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count

from engine.questions.question_text import choice_key
from quizzes.models import same_choice


def number_choices_alike(apps: Any, _schema_editor: Any) -> None:
    choices = apps.get_model("quizzes", "Choice").objects
    keyed = choices.order_by().annotate(key=same_choice("text"))
    alike = keyed.values("question", "key").annotate(many=Count("pk")).filter(many__gt=1)
    for question in alike.values_list("question", flat=True).distinct():
        taken: set[str] = set()
        for choice in choices.filter(question=question).order_by("position"):
            text, number = choice.text, 2
            while choice_key(text) in taken:
                text, number = f"{choice.text} ({number})", number + 1
            taken.add(choice_key(text))
            if text != choice.text:
                choices.filter(pk=choice.pk).update(text=text)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0005_shown_quiz")]

    operations = [migrations.RunPython(number_choices_alike, migrations.RunPython.noop)]
