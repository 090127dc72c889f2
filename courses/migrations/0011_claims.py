import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# The sentences that the first release measured: what it found says nothing of their truth.
FILL = """
INSERT INTO courses_claim (topic_id, position, place, text, citations, verdict, evidence, reason,
    doubt, checked_by, checked_at)
SELECT topic.id, one.position, 'sentence', one.value ->> 'text',
    ARRAY(SELECT jsonb_array_elements_text(one.value -> 'citations')::integer), 'not_checked', '',
    '', 0, 'rules', topic.updated_at
FROM courses_topic AS topic
CROSS JOIN LATERAL jsonb_array_elements(topic.statements) WITH ORDINALITY AS one(value, position)
WHERE one.value ->> 'text' <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0010_parts_of_documents")]

    operations = [
        migrations.AlterField(
            model_name="citation",
            name="support",
            field=models.FloatField(default=1.0, db_default=1.0),
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("sentence", "Sentence"),
                            ("cell", "table row"),
                            ("term", "key term"),
                            ("summary", "Summary"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField()),
                (
                    "citations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("stated", "Stated"),
                            ("derived", "Derived"),
                            ("not_in_source", "not in the source"),
                            ("contradicted", "Contradicted"),
                            ("not_checked", "Not Checked"),
                        ],
                        default="not_checked",
                        max_length=20,
                    ),
                ),
                ("evidence", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("doubt", models.FloatField(default=0)),
                (
                    "checked_by",
                    models.CharField(
                        choices=[("rules", "Rules"), ("critic", "Critic"), ("person", "Person")],
                        default="rules",
                        max_length=20,
                    ),
                ),
                ("checked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="courses.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["topic", "position"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("verdict__in", ["not_in_source", "contradicted"])),
                        fields=["topic"],
                        name="claim_doubted",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("topic", "position"), name="claim_position"),
                    models.CheckConstraint(
                        condition=models.Q(("place__in", ["sentence", "cell", "term", "summary"])),
                        name="claim_place_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verdict__in",
                                [
                                    "stated",
                                    "derived",
                                    "not_in_source",
                                    "contradicted",
                                    "not_checked",
                                ],
                            )
                        ),
                        name="claim_verdict_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("checked_by__in", ["rules", "critic", "person"])),
                        name="claim_checker_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("doubt__gte", 0), ("doubt__lte", 1)),
                        name="claim_doubt_0_to_1",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
