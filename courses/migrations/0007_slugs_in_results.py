from django.db import migrations

# Results of jobs name the course's slug since; a course that was deleted has none any more.
FILL = """
UPDATE jobs_job SET result = result || jsonb_build_object('course_slug', course.slug)
FROM courses_course AS course
WHERE jobs_job.kind IN ('course', 'quiz', 'rewrite')
  AND jsonb_typeof(result) = 'object'
  AND result -> 'course_id' = to_jsonb(course.id)
  AND result -> 'course_slug' IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0006_keys_in_one_table"), ("jobs", "0006_trace_context")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
