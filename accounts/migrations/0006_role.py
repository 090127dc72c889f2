import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# The groups of the release before got these rights anew at every migration. Those that are there
# count as given: a right that somebody took away since stays away. On a new installation there is
# no group yet. After this release's migrations rights that are new in it are given.
OWN_WORK = {
    "courses": ["add_course", "change_course", "delete_course", "view_course", "publish_course"],
    "jobs": ["view_job", "change_job"],
    "quizzes": ["view_attempt", "view_answer"],
    "webhooks": [
        "add_endpoint",
        "change_endpoint",
        "delete_endpoint",
        "view_endpoint",
        "view_delivery",
    ],
}
PARTS = {
    "courses": ["sourcedocument", "passage", "module", "topic", "citation", "keyterm"],
    "quizzes": ["quiz", "question", "choice"],
    "jobs": ["step"],
}


def remember(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    teaching, everyones = [], ["courses.manage_all_courses"]
    for right in Permission.objects.select_related("content_type"):
        app, model = right.content_type.app_label, right.content_type.model
        if right.codename in OWN_WORK.get(app, []) or model in PARTS.get(app, []):
            teaching.append(f"{app}.{right.codename}")
    for name, rights in (("Teachers", teaching), ("Editors", teaching + everyones)):
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is not None:
            apps.get_model("accounts", "Role").objects.create(
                name=name, group=group, granted=sorted(rights)
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_keys_in_one_table"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True)),
                (
                    "granted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=150),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "group",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="auth.group",
                    ),
                ),
            ],
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
