from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0007_choices_told_apart"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="regraded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="percentage_before",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="regraded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="graded again"),
        ),
    ]
