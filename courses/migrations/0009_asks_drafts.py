from __future__ import annotations

from typing import Any

from django.db import migrations, models


def keep_asking(apps: Any, _schema_editor: Any) -> None:
    """Courses that learners have used, here or before an import, go on asking what they asked."""
    used = models.Q(published_at__isnull=False) | models.Q(engine="imported")
    apps.get_model("courses", "Course").objects.filter(used).update(asks_drafts=True)


class Migration(migrations.Migration):
    dependencies = [("courses", "0008_usage")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="asks_drafts",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Learners are asked drafts too, and are told that nobody has read them.",
                verbose_name="ask unread questions",
            ),
        ),
        migrations.RunPython(keep_asking, migrations.RunPython.noop),
    ]
