from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0009_formats")]

    operations = [
        migrations.RemoveConstraint(model_name="question", name="question_status_is_known"),
        migrations.AlterField(
            model_name="question",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("proposed", "Proposed"),
                    ("edited", "Edited"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["draft", "proposed", "edited", "approved", "rejected"])
                ),
                name="question_status_is_known",
            ),
        ),
    ]
