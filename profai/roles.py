"""The groups that staff put people into. They are made again after every migration."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

TEACHERS = "Teachers"
EDITORS = "Editors"

_OWN_WORK = {
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
_PARTS = {
    "courses": ["sourcedocument", "passage", "module", "topic", "citation", "keyterm"],
    "quizzes": ["quiz", "question", "choice"],
    "jobs": ["step"],
}


def ensure_groups() -> None:
    """Teachers work on their own courses, editors on everybody's."""
    teaching = list(Permission.objects.filter(_teaching()))
    everyones = list(
        Permission.objects.filter(content_type__app_label="courses", codename="manage_all_courses")
    )
    for name, permissions in ((TEACHERS, teaching), (EDITORS, teaching + everyones)):
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(permissions)


def _teaching() -> Q:
    wanted = Q(pk__in=[])
    for app, codenames in _OWN_WORK.items():
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    for app, models in _PARTS.items():
        wanted |= Q(content_type__app_label=app, content_type__model__in=models)
    return wanted
