"""Times of the jobs that are there already; the sweep is no longer a schedule."""

from django.db import migrations

FILL = [
    "UPDATE jobs_job SET queued_at = created_at",
    """UPDATE jobs_job SET queue_time = started_at - created_at
       WHERE started_at >= created_at""",
    """UPDATE jobs_job SET run_time = completed_at - started_at
       WHERE completed_at >= started_at""",
    """UPDATE jobs_step SET run_time = completed_at - started_at
       WHERE completed_at >= started_at""",
    """UPDATE jobs_step SET queue_time = started_at - queued_at
       WHERE started_at >= queued_at""",
    "DELETE FROM django_q_schedule WHERE func = 'jobs.recovery.sweep'",
]


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_times_and_keys"),
        ("django_q", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
