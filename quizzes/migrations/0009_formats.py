from __future__ import annotations

from django.db import migrations, models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0008_regraded_attempts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="question",
            name="question_kind_is_known",
        ),
        migrations.AddField(
            model_name="answer",
            name="response",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="score",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="points",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="question",
            name="body",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="format",
            field=models.CharField(db_default="single", default="single", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("score__isnull", True),
                    models.Q(("score__gte", 0), ("score__lte", 1)),
                    _connector="OR",
                ),
                name="answer_score_0_to_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__isnull", True),
                    models.Q(
                        ("points__gte", models.F("correct")), ("points__lte", models.F("total"))
                    ),
                    _connector="OR",
                ),
                name="attempt_points_to_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "definition",
                            "cloze",
                            "table",
                            "procedure",
                            "list",
                            "changed_fact",
                            "number",
                            "rule",
                            "contrast",
                            "code",
                            "true_statement",
                            "open_form",
                            "written",
                        ],
                    )
                ),
                name="question_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "format__in",
                        [
                            "single",
                            "multiple",
                            "true_false",
                            "numeric",
                            "short",
                            "matching",
                            "ordering",
                            "fill_in",
                        ],
                    )
                ),
                name="question_format_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("body", {}), ("format", "single")),
                    models.Q(
                        models.Q(("format", "single"), _negated=True),
                        Exact(
                            Coalesce(
                                KT("body__format"),
                                models.Value(""),
                                output_field=models.TextField(),
                            ),
                            models.F("format"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="question_body_of_format",
            ),
        ),
    ]
