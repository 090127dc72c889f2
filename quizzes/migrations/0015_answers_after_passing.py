from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0014_due_date")]

    operations = [
        migrations.AlterField(
            model_name="quiz",
            name="answers_shown",
            field=models.CharField(
                choices=[
                    ("at_once", "with the result of each attempt"),
                    ("after_pass", "once the quiz is passed, or after the last attempt"),
                    ("after_last", "after the last attempt"),
                    ("never", "never"),
                ],
                db_default="at_once",
                default="at_once",
                max_length=10,
                verbose_name="right answers are shown",
            ),
        ),
        migrations.RemoveConstraint(model_name="quiz", name="quiz_answers_shown_is_known"),
        migrations.AddConstraint(
            model_name="quiz",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answers_shown__in", ["at_once", "after_pass", "after_last", "never"])
                ),
                name="quiz_answers_shown_is_known",
            ),
        ),
    ]
