from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0013_drawn_by")]

    operations = [
        migrations.AddField(
            model_name="quiz",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Stands on the learners' first page until they have passed. The quiz "
                "stays open afterwards, and later attempts count too.",
                null=True,
                verbose_name="due",
            ),
        ),
    ]
