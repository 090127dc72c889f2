from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0015_outlines")]

    operations = [
        # Defaults by the database: the release before makes rows meanwhile.
        migrations.AddField(
            model_name="passage",
            name="unit",
            field=models.CharField(db_default="page", default="page", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.CheckConstraint(
                condition=models.Q(unit__in=["page", "slide", "paragraph"]),
                name="passage_unit_is_known",
            ),
        ),
        migrations.AddField(
            model_name="sourcedocument",
            name="address",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the web page that it was fetched from.",
                max_length=500,
            ),
        ),
    ]
