from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0014_reading_and_notes"),
        ("quizzes", "0010_proposed_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Learning"), (2, "Review"), (3, "Relearning")], default=1
                    ),
                ),
                ("step", models.PositiveSmallIntegerField(blank=True, default=0, null=True)),
                ("stability", models.FloatField(blank=True, null=True)),
                ("difficulty", models.FloatField(blank=True, null=True)),
                ("due", models.DateTimeField()),
                ("last_review", models.DateTimeField(blank=True, null=True)),
                ("is_set_aside", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="quizzes.question",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="courses.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["due", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CardReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rating",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Again"), (2, "Hard"), (3, "Good"), (4, "Easy")]
                    ),
                ),
                ("was_new", models.BooleanField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "card",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reviews",
                        to="quizzes.card",
                    ),
                ),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="card_reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-reviewed_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PracticePlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("new_per_day", models.PositiveSmallIntegerField(default=10)),
                ("shows_streak", models.BooleanField(default=True)),
                (
                    "learner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="practice_plan",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["learner", "due"], name="card_due"),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                fields=("learner", "topic", "term"), name="card_of_term_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                fields=("learner", "question"), name="card_of_question_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("question__isnull", True),
                        ("topic__isnull", False),
                        models.Q(("term", ""), _negated=True),
                    ),
                    models.Q(("question__isnull", False), ("term", ""), ("topic__isnull", True)),
                    _connector="OR",
                ),
                name="card_of_term_or_question",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [1, 2, 3])), name="card_state_is_known"
            ),
        ),
        migrations.AddIndex(
            model_name="cardreview",
            index=models.Index(fields=["learner", "reviewed_at"], name="card_review_latest"),
        ),
        migrations.AddConstraint(
            model_name="cardreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__in", [1, 2, 3, 4])), name="card_review_rating"
            ),
        ),
        migrations.AddConstraint(
            model_name="practiceplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("new_per_day__lte", 100)), name="practice_new_to_100"
            ),
        ),
    ]
