"""Imports are the exchange app's now; their tables stay."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_imports"), ("exchange", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="ImportedRow"),
                migrations.DeleteModel(name="ImportRun"),
            ],
        ),
    ]
