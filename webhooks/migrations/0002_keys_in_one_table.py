from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Keys of requests stand in one table for all apps, see `common.idempotency`."""

    dependencies = [("webhooks", "0001_initial"), ("common", "0002_keys_of_before")]

    operations = [
        migrations.RemoveConstraint(model_name="endpoint", name="endpoint_request_key"),
        migrations.RemoveField(model_name="endpoint", name="request_key"),
        migrations.RemoveField(model_name="endpoint", name="request_digest"),
    ]
