from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User

from accounts.models import Role
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


def rights(group: Group) -> set[str]:
    return set(group.permissions.values_list("codename", flat=True))


def test_what_people_change_in_a_group_stays_and_new_rights_are_added() -> None:
    group = Group.objects.get(name=TEACHERS)
    before = rights(group)
    group.permissions.remove(Permission.objects.get(codename="publish_course"))
    group.permissions.add(Permission.objects.get(codename="change_user"))
    Group.objects.filter(pk=group.pk).update(name="Faculty")
    ensure_groups()
    assert rights(group) == before - {"publish_course"} | {"change_user"}
    assert not Group.objects.filter(name=TEACHERS).exists()
    # As it was in a release before that right came.
    role = Role.objects.get(group=group)
    role.granted.remove("courses.publish_course")
    role.save()
    ensure_groups()
    assert rights(group) == before | {"change_user"}


def test_a_group_that_was_deleted_is_made_again() -> None:
    before = rights(Group.objects.get(name=EDITORS))
    Group.objects.get(name=EDITORS).delete()
    ensure_groups()
    assert rights(Group.objects.get(name=EDITORS)) == before


def test_rights_of_the_release_before_count_as_given() -> None:
    """What its migrations left, and what somebody took away since."""
    remember = import_module("accounts.migrations.0006_role").remember
    Role.objects.all().delete()
    group = Group.objects.get(name=TEACHERS)
    group.permissions.remove(Permission.objects.get(codename="publish_course"))
    before = rights(group)
    remember(apps, None)
    ensure_groups()
    assert rights(group) == before


def test_rights_that_are_not_given_any_more_are_taken_from_groups_as_they_were_made() -> None:
    withdraw = import_module("accounts.migrations.0008_machine_rights").withdraw
    step = Permission.objects.get(codename="view_step")
    own = Permission.objects.get(codename="change_user")
    for name in (TEACHERS, EDITORS):
        role = Role.objects.get(name=name)
        assert role.group is not None
        role.group.permissions.add(step)
        role.granted.append("jobs.view_step")
        role.save()
    edited = Group.objects.get(name=EDITORS)
    edited.permissions.add(own)
    withdraw(apps, None)
    ensure_groups()
    assert "view_step" not in rights(Group.objects.get(name=TEACHERS))
    assert "jobs.view_step" not in Role.objects.get(name=TEACHERS).granted
    assert rights(edited) >= {"view_step", "change_user"}
    assert Role.objects.get(name=EDITORS).granted.count("jobs.view_step") == 1
