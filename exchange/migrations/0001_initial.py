"""Takes over the models of imports from the courses app; tables and rows stay as they are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MODELS = ("importedrow", "importrun")


def move_content_types(old, new):
    """Permissions, groups and the admin's log refer to content types: those move with the models."""

    def move(apps, schema_editor):
        types = apps.get_model("contenttypes", "ContentType").objects
        for model in MODELS:
            if types.filter(app_label=old, model=model).exists():
                types.filter(app_label=new, model=model).delete()
                types.filter(app_label=old, model=model).update(app_label=new)

    return move


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("courses", "0004_imports"),
        ("jobs", "0004_fill_times"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="ImportedRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("source", models.CharField(blank=True, max_length=50)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("course", "Course"),
                                    ("quiz", "Quiz"),
                                    ("submission", "Submission"),
                                    ("learner", "Learner"),
                                    ("holding", "Holding"),
                                    ("export", "Export"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("key", models.CharField(max_length=255)),
                        ("file", models.CharField(max_length=500)),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("content_hash", models.CharField(max_length=64)),
                        ("row", models.CharField(max_length=36)),
                        ("parts", models.JSONField(blank=True, default=dict)),
                        ("imported_at", models.DateTimeField(auto_now_add=True)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                    ],
                    options={
                        "db_table": "courses_importedrow",
                        "ordering": ["source", "kind", "key"],
                        "permissions": [
                            ("import_data", "Can import the data of an old installation"),
                            ("merge_learners", "Can merge imported learners into accounts"),
                        ],
                        "indexes": [models.Index(fields=["kind", "row"], name="imported_row")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "kind", "key"), name="imported_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "course",
                                            "quiz",
                                            "submission",
                                            "learner",
                                            "holding",
                                            "export",
                                        ],
                                    )
                                ),
                                name="imported_kind_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "file",
                            models.FileField(blank=True, max_length=255, upload_to="imports/"),
                        ),
                        ("original_name", models.CharField(max_length=150)),
                        ("source", models.CharField(blank=True, max_length=50)),
                        ("dry_run", models.BooleanField(default=False)),
                        ("counts", models.JSONField(blank=True, default=dict)),
                        (
                            "report",
                            models.FileField(blank=True, max_length=255, upload_to="imports/"),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "job",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="jobs.job",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "courses_importrun",
                        "ordering": ["-created_at", "-id"],
                    },
                ),
            ],
        ),
        migrations.RunPython(
            move_content_types("courses", "exchange"), move_content_types("exchange", "courses")
        ),
    ]
