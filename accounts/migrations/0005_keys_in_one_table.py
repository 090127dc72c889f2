from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Keys of requests stand in one table for all apps, see `common.idempotency`."""

    dependencies = [("accounts", "0004_access"), ("common", "0002_keys_of_before")]

    operations = [
        migrations.RemoveConstraint(model_name="personaltoken", name="token_request_key"),
        migrations.RemoveField(model_name="personaltoken", name="request_key"),
    ]
