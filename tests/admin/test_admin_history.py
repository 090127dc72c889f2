"""A row's history is for those who may see the row; others cannot tell whether it is there."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tests.api.world import World, make_world
from tests.factories import make_superuser
from tests.security.routes import admin_routes, filled


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def histories(world: World) -> list[str]:
    paths = [path for path in admin_routes() if path.endswith("/history/")]
    assert len(paths) == len(admin.site._registry)
    return [filled(path, world) for path in paths]


def logged_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.slow
def test_every_history_is_not_found_for_those_who_may_not_see_its_row(world: World) -> None:
    nobody = logged_in(User.objects.create_user("clerk", is_staff=True))
    other = User.objects.create_user("stranger", is_staff=True)
    # Of all kinds, but no course's.
    other.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    for address in histories(world):
        missing = address.replace(address.split("/")[-3], "987654321")
        for browser, expected in ((nobody, {404}), (logged_in(other), {200, 404})):
            assert browser.get(address).status_code in expected, address
            assert browser.get(missing).status_code == 404, missing
    course = reverse("admin:courses_course_history", args=[world.course.pk])
    assert logged_in(other).get(course).status_code == 404


def test_every_history_is_shown_to_those_who_see_its_row(world: World) -> None:
    chief = logged_in(make_superuser())
    for address in histories(world):
        assert chief.get(address).status_code == 200, address
    assert Client().get(histories(world)[0]).status_code == 302
    assert chief.get("/admin/courses/nothing/1/history/").status_code == 404
