from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0017_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcedocument",
            name="page_range",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Such as 3-40, 52, counted from the file's first page; empty: all.",
                max_length=300,
                verbose_name="pages to use",
            ),
        ),
        migrations.AddField(
            model_name="sourcedocument",
            name="reading",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="How it was read, see engine.reading.report.summary.",
            ),
        ),
    ]
