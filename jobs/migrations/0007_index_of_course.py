from django.db import migrations, models
from django.db.models.fields.json import KeyTransform


class Migration(migrations.Migration):
    dependencies = [("jobs", "0006_trace_context")]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(KeyTransform("course", "parameters"), name="job_of_course"),
        ),
    ]
