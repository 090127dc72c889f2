import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0016_kinds_of_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("figure", "Figure"), ("formula", "Formula")],
                        default="figure",
                        editable=False,
                        max_length=20,
                    ),
                ),
                ("page", models.PositiveIntegerField()),
                (
                    "box",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=4
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=20)),
                ("caption", models.TextField(blank=True)),
                (
                    "alternative_text",
                    models.TextField(
                        blank=True,
                        help_text="For people who cannot see it; if empty, the words in it are read.",
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("tex", models.TextField(blank=True)),
                ("file", models.FileField(blank=True, max_length=255, upload_to="figures")),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                (
                    "used",
                    models.BooleanField(
                        default=True,
                        help_text="Show it in the lessons that cite what it belongs to.",
                        verbose_name="use",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="courses.sourcedocument",
                    ),
                ),
                (
                    "passages",
                    models.ManyToManyField(
                        blank=True, related_name="figures", to="courses.passage"
                    ),
                ),
            ],
            options={
                "ordering": ["document", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "position"), name="figure_position"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("page__gte", 1)), name="figure_page_from_1"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["figure", "formula"])),
                        name="figure_kind_is_known",
                    ),
                ],
            },
        ),
    ]
