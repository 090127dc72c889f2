from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Keys of requests stand in one table for all apps, see `common.idempotency`."""

    dependencies = [("courses", "0005_imports_move_to_exchange"), ("common", "0002_keys_of_before")]

    operations = [
        migrations.RemoveConstraint(model_name="directupload", name="direct_upload_request_key"),
        migrations.RemoveField(model_name="directupload", name="request_key"),
    ]
