import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0011_claims")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="shows_pages",
            field=models.BooleanField(
                "learners may see pictures of the source's pages",
                default=True,
                db_default=True,
                help_text="Of the pages that lessons cite, with the quoted words marked.",
            ),
        ),
        migrations.AddField(
            model_name="passage",
            name="places",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
                help_text="Where its lines stand on their pages, as engine.reading.spots packs "
                "them.",
                size=None,
            ),
        ),
    ]
