"""The groups of staff, Teachers and Editors, and the rights that they start with."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.models import Role

TEACHERS = "Teachers"
EDITORS = "Editors"

_OWN_WORK = {
    "courses": [
        *("add_course", "change_course", "delete_course", "view_course", "publish_course"),
        # Lessons lead to the passages that they cite.
        "view_passage",
    ],
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
    "courses": ["sourcedocument", "figure", "module", "topic"],
    "quizzes": ["quiz", "question", "choice", "certificate"],
}


@transaction.atomic
def ensure_groups() -> None:
    """Makes the groups: teachers work on their own courses, editors on all courses.

    Each right is given once, when its group is made or a release adds the right. Later changes
    that people make to a group's rights or name are kept. A deleted group is made again.
    """
    permissions = Permission.objects.select_related("content_type")
    wanted = Q(pk__in=[])
    for app, codenames in _OWN_WORK.items():
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    for app, models in _PARTS.items():
        wanted |= Q(content_type__app_label=app, content_type__model__in=models)
    teaching = list(permissions.filter(wanted))
    all_courses = list(
        permissions.filter(content_type__app_label="courses", codename="manage_all_courses")
    )
    for name, rights in ((TEACHERS, teaching), (EDITORS, teaching + all_courses)):
        _ensure(name, rights)


def _ensure(name: str, rights: list[Permission]) -> None:
    Role.objects.get_or_create(name=name)
    role = Role.objects.select_for_update(of=("self",)).get(name=name)
    if role.group is None:
        role.group, _ = Group.objects.get_or_create(name=name)
        role.granted = []
    by_name = {f"{right.content_type.app_label}.{right.codename}": right for right in rights}
    new = sorted(by_name.keys() - set(role.granted))
    role.group.permissions.add(*(by_name[one] for one in new))
    role.granted = [*role.granted, *new]
    role.save()
