"""Nobody becomes more than they are: roles, groups, the admin's look-ups and its queue."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django_q.models import OrmQ, Schedule

from profai.roles import EDITORS
from tests.api.world import World
from tests.factories import give, make_editor, make_learner, make_superuser, make_teacher


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def manager() -> User:
    """A member of staff who looks after accounts, and is nothing more."""
    user = make_teacher("manager")
    for right in ("view_user", "change_user", "delete_user", "view_group", "change_group"):
        user = give(user, right)
    return user


def form_of(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "first_name": "New",
        "last_name": "",
        "email": "",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [Group.objects.get(name=EDITORS).pk],
        "user_permissions": [],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "last_login_0": "",
        "last_login_1": "",
    }


@pytest.mark.django_db
def test_who_changes_accounts_gives_nobody_rights() -> None:
    me, learner = manager(), make_learner()
    client = logged_in(me)
    for user in (me, learner):
        client.post(f"/admin/auth/user/{user.pk}/change/", form_of(user))
        user.refresh_from_db()
        assert user.first_name == "New"
        assert not user.is_superuser
        assert not user.groups.filter(name=EDITORS).exists()
    assert not learner.is_staff


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_editor, make_superuser])
@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_who_changes_accounts_touches_no_staff(make: object, page: str) -> None:
    victim = make()  # type: ignore[operator] # of the two above
    client, before = logged_in(manager()), victim.password
    data = {"password1": "new horse battery", "password2": "new horse battery", "post": "yes"}
    answer = client.post(f"/admin/auth/user/{victim.pk}/{page}/", form_of(victim) | data)
    assert answer.status_code == 403
    victim.refresh_from_db()
    assert victim.password == before


@pytest.mark.django_db
def test_who_deletes_accounts_deletes_no_staff_by_a_list() -> None:
    editor, learner = make_editor(), make_learner()
    data = {"action": "delete_selected", "_selected_action": [editor.pk, learner.pk]}
    logged_in(manager()).post("/admin/auth/user/", data | {"post": "yes"})
    assert User.objects.filter(pk=editor.pk).exists()


@pytest.mark.django_db
def test_superusers_still_give_rights() -> None:
    learner = make_learner()
    client = logged_in(make_superuser())
    client.post(f"/admin/auth/user/{learner.pk}/change/", form_of(learner))
    learner.refresh_from_db()
    assert learner.is_superuser
    assert learner.groups.filter(name=EDITORS).exists()


@pytest.mark.django_db
def test_groups_are_for_superusers_to_change() -> None:
    group = Group.objects.get(name=EDITORS)
    address = f"/admin/auth/group/{group.pk}/"
    client = logged_in(manager())
    assert client.post(f"{address}change/", {"name": "Mine"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.post("/admin/auth/group/add/", {"name": "Mine"}).status_code == 403
    assert logged_in(make_superuser("root")).get(f"{address}change/").status_code == 200


@pytest.mark.django_db
def test_nobody_schedules_functions_by_the_admin() -> None:
    """Django-Q2's page would run `os.system` for whoever got hold of a session."""
    client = logged_in(make_superuser())
    for page in ("schedule/add/", "schedule/", "ormq/", "success/"):
        assert client.post(f"/admin/django_q/{page}", {"func": "os.system"}).status_code == 404
    assert not {Schedule, OrmQ} & set(admin.site._registry)


@pytest.mark.parametrize("person", ["teacher", "editor", "manager"])
def test_lists_tell_nothing_by_filters_that_nobody_offers(person: str, world: World) -> None:
    """`?owner__password__startswith=p` would tell a hash, letter by letter."""
    makers = {"editor": make_editor, "manager": manager}
    user = makers[person]() if person in makers else User.objects.get(username="teacher")
    client = logged_in(user)
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        people = [f.name for f in model._meta.get_fields() if f.related_model is User]
        for lookup in [f"{name}__password__startswith" for name in people]:
            assert client.get(address, {lookup: "p"}).status_code in {400, 403}, address
        if client.get(address).status_code == 200:
            names = {field.name for field in model._meta.get_fields()}
            assert "digest" not in names
    assert client.get("/admin/auth/user/", {"password__startswith": "p"}).status_code in {400, 403}


def test_a_menu_of_choices_is_not_read_without_the_right(world: World) -> None:
    client = logged_in(User.objects.get(username="teacher"))
    for field in ("owner", "requested_by", "learner"):
        data = {"app_label": "courses", "model_name": "course", "field_name": field, "term": ""}
        assert client.get("/admin/autocomplete/", data).status_code == 403
    assert world.course.owner == User.objects.get(username="teacher")


def test_numbers_and_words_without_end_are_no_error(world: World) -> None:
    client = logged_in(User.objects.get(username="teacher"))
    assert client.get("/admin/courses/topic/", {"of_course": "9" * 5000}).status_code == 200
    assert client.get("/admin/courses/course/", {"q": "a " * 5000}).status_code == 200
    assert world.course.title in client.get("/admin/courses/course/", {"q": "riv"}).content.decode()
