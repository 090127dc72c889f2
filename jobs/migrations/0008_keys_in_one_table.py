from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Keys of requests stand in one table for all apps, see `common.idempotency`."""

    dependencies = [("jobs", "0007_index_of_course"), ("common", "0002_keys_of_before")]

    operations = [
        migrations.DeleteModel(name="RequestKey"),
    ]
