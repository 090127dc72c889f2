"""A test that commits leaves the database as a new one is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django_q.models import Schedule

from accounts.models import AuditEntry
from courses.models import Course
from profai.roles import EDITORS, TEACHERS
from tests.database import empty_tables
from tests.factories import make_course, make_teacher

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_go_and_those_of_the_beginning_come_back() -> None:
    rights, plans = Permission.objects.count(), Schedule.objects.count()
    course = make_course(owner=make_teacher())
    AuditEntry.objects.create(action="login", actor=str(course.owner))
    Group.objects.get(name=EDITORS).delete()
    Group.objects.filter(name=TEACHERS).update(name="Others")
    Permission.objects.filter(codename="add_course").delete()
    Schedule.objects.all().delete()
    empty_tables()
    for model in (User, Course, AuditEntry):
        assert not model._default_manager.exists()
    assert set(Group.objects.values_list("name", flat=True)) == {EDITORS, TEACHERS}
    assert (Permission.objects.count(), Schedule.objects.count()) == (rights, plans)
    assert Group.objects.get(name=TEACHERS).permissions.filter(codename="add_course").exists()


def test_it_is_cloned_and_not_migrated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'profai_template_%'")
        assert cursor.fetchone() == (1,)
