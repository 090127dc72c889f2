from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_cluster")]

    operations = [
        # With a default of the database's own: the release before makes rows meanwhile.
        migrations.AddField(
            model_name="job",
            name="trace_context",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=55
            ),
        ),
    ]
