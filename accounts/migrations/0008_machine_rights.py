from django.db import migrations

# What only programs write, and nobody changes by hand. The pages of courses and jobs show it.
WITHDRAWN = {
    f"{app}.{verb}_{model}"
    for app, model in (
        ("courses", "passage"),
        ("courses", "citation"),
        ("courses", "keyterm"),
        ("jobs", "step"),
    )
    for verb in ("add", "change", "delete", "view")
} - {"courses.view_passage"}


def withdraw(apps, schema_editor):
    """Groups whose rights somebody has changed keep what they have."""
    for role in apps.get_model("accounts", "Role").objects.exclude(group=None):
        rights = {
            f"{right.content_type.app_label}.{right.codename}": right
            for right in role.group.permissions.select_related("content_type")
        }
        if rights.keys() != set(role.granted):
            continue
        role.group.permissions.remove(*(rights[name] for name in WITHDRAWN & rights.keys()))
        role.granted = sorted(set(role.granted) - WITHDRAWN)
        role.save()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_profile"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(withdraw, migrations.RunPython.noop)]
