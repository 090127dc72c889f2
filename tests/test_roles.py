from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from profai.roles import EDITORS, TEACHERS, ensure_groups

pytestmark = pytest.mark.django_db


def member_of(name: str) -> User:
    user = User.objects.create_user("someone", is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


def test_teachers_make_and_publish_courses_but_not_everybodys() -> None:
    teacher = member_of(TEACHERS)
    assert teacher.has_perms(["courses.add_course", "courses.publish_course", "jobs.change_job"])
    assert not teacher.has_perm("courses.manage_all_courses")
    assert not teacher.has_perm("auth.change_user")


def test_editors_manage_all_courses() -> None:
    assert member_of(EDITORS).has_perm("courses.manage_all_courses")


def test_making_the_groups_again_takes_back_stray_permissions() -> None:
    group = Group.objects.get(name=TEACHERS)
    before = set(group.permissions.all())
    group.permissions.clear()
    ensure_groups()
    assert set(group.permissions.all()) == before
