from django.db import migrations, models

PARTS = [
    "body",
    "front",
    "contents",
    "index",
    "bibliography",
    "licence",
    "notes",
    "exercises",
    "answers",
    "advertisement",
]


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_asks_drafts")]

    operations = [
        migrations.RemoveConstraint(model_name="passage", name="passage_matter_is_known"),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.CheckConstraint(
                condition=models.Q(matter__in=PARTS), name="passage_matter_is_known"
            ),
        ),
    ]
