from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Keys of requests stand in one table for all apps, see `common.idempotency`."""

    dependencies = [("quizzes", "0003_request_key"), ("common", "0002_keys_of_before")]

    operations = [
        migrations.RemoveConstraint(model_name="attempt", name="attempt_request_key"),
        migrations.RemoveField(model_name="attempt", name="request_key"),
    ]
