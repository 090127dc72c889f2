from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


def forget_indexes(apps, schema_editor):
    """Indexes of earlier releases are not in Chroma's files entirely, and have to be built again."""
    documents = apps.get_model("courses", "SourceDocument").objects
    documents.exclude(index_model="").update(index_model="")


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0020_additions"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredVectors",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("collection", models.CharField(max_length=100)),
                ("group", models.CharField(max_length=100)),
                ("model", models.CharField(max_length=200)),
                ("ids", ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ("count", models.PositiveIntegerField()),
                ("vectors", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("collection", "group"), name="vectors_of_a_group"
                    )
                ],
            },
        ),
        # Vectors cannot be compressed; trying it costs time.
        migrations.RunSQL(
            "ALTER TABLE courses_storedvectors ALTER COLUMN vectors SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(forget_indexes, migrations.RunPython.noop),
    ]
