from django.db import migrations, models

# What the jobs that are still there used. Jobs that were cleaned up before are forgotten.
FILL = """
UPDATE courses_course SET calls = used.calls, tokens_in = used.tokens_in,
    tokens_out = used.tokens_out, cost = used.cost
FROM (
    SELECT parameters -> 'course' AS course, sum(calls) AS calls, sum(tokens_in) AS tokens_in,
        sum(tokens_out) AS tokens_out, sum(cost) AS cost
    FROM jobs_job WHERE calls > 0 GROUP BY parameters -> 'course'
) AS used
WHERE used.course = to_jsonb(courses_course.id)
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0007_slugs_in_results"), ("jobs", "0006_trace_context")]

    # With defaults of the database's own: the release before makes rows meanwhile.
    operations = [
        migrations.AddField(
            model_name="course",
            name="calls",
            field=models.PositiveIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            model_name="course",
            name="tokens_in",
            field=models.PositiveBigIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            model_name="course",
            name="tokens_out",
            field=models.PositiveBigIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            model_name="course",
            name="cost",
            field=models.DecimalField(decimal_places=6, max_digits=12, default=0, db_default=0),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
