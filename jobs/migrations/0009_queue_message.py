from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_keys_in_one_table")]

    operations = [
        # Steps that wait now have none: their messages are sent once more, which does no harm.
        migrations.AddField(
            model_name="step",
            name="queue_message",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        *(
            migrations.AlterField(model_name=model, name=name, field=field)
            for model in ("job", "step")
            for name, field in (
                ("calls", models.PositiveIntegerField(db_default=0, default=0)),
                ("tokens_in", models.PositiveBigIntegerField(db_default=0, default=0)),
                ("tokens_out", models.PositiveBigIntegerField(db_default=0, default=0)),
                (
                    "cost",
                    models.DecimalField(db_default=0, decimal_places=6, default=0, max_digits=12),
                ),
            )
        ),
    ]
