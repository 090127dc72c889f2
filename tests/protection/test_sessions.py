"""When sessions end, what is said then, and how all of somebody's are ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, PersonalToken, Session
from accounts.services import make_token
from accounts.sessions import SessionStore
from tests.factories import PASSWORD, give, make_learner, make_superuser, make_teacher

pytestmark = pytest.mark.django_db
HOUR = 3600.0


def logged_in(user: Any) -> Client:
    client = Client()
    client.post("/login/", {"username": user.username, "password": PASSWORD})
    return client


def shift(client: Client, **hours: float) -> None:
    """Make what the session remembers so many hours older."""
    store = SessionStore(client.session.session_key)
    for name, by in hours.items():
        store[name] -= by * HOUR
    store.save()


@pytest.mark.parametrize(
    ("make", "idle", "total"), [(make_learner, 7 * 24, 30 * 24), (make_teacher, 8, 12)]
)
def test_sessions_end_when_they_are_not_used_and_when_they_are_old(
    make: Any, idle: int, total: int
) -> None:
    client = logged_in(make())
    shift(client, used=idle - 0.5)
    assert client.get("/").status_code == 200
    shift(client, began=total - 0.5)
    assert client.get("/").status_code == 200
    shift(client, began=1)
    assert client.get("/").status_code == 302
    assert not Session.objects.exists()
    client = logged_in(make("another"))
    shift(client, used=idle + 0.1)
    assert client.get("/").status_code == 302


def test_use_goes_on_being_noted() -> None:
    client = logged_in(make_teacher())
    for _ in range(3):
        shift(client, used=6)
        assert client.get("/").status_code == 200


def test_a_request_writes_to_the_session_only_now_and_then(
    django_assert_num_queries: Any,
) -> None:
    client = logged_in(make_learner())
    client.get("/history/")
    with django_assert_num_queries(2) as queries:
        client.get("/login/")
    assert not any("UPDATE" in query["sql"] for query in queries.captured_queries)


@pytest.mark.parametrize("path", ["/history/", "/admin/"])
def test_the_login_page_says_why_one_is_there(path: str) -> None:
    client = logged_in(make_superuser())
    shift(client, used=9)
    page = client.get(path, follow=True)
    assert "you did nothing for a while" in page.content.decode()
    client = logged_in(make_superuser("second"))
    shift(client, began=13)
    assert "Your session has ended" in client.get(path, follow=True).content.decode()


def test_the_api_answers_401_to_a_session_that_has_ended() -> None:
    client = logged_in(make_teacher())
    assert client.get("/api/courses/").status_code == 200
    shift(client, used=9)
    assert client.get("/api/courses/").status_code == 401


def test_the_key_of_the_session_changes_at_the_login() -> None:
    make_learner()
    client = Client()
    store = SessionStore()
    store["before"] = 1
    store.create()
    client.cookies["sessionid"] = str(store.session_key)
    client.post("/login/", {"username": "learner", "password": PASSWORD})
    assert client.cookies["sessionid"].value != store.session_key
    assert not Session.objects.filter(pk=store.session_key).exists()


def test_everything_else_is_signed_out_by_oneself() -> None:
    user = make_learner()
    here, there = logged_in(user), logged_in(user)
    other = logged_in(make_learner("other"))
    page = here.post("/account/sessions/end/", follow=True)
    assert "1 other session was ended." in page.content.decode()
    assert [client.get("/history/").status_code for client in (here, there, other)] == [
        200,
        302,
        200,
    ]
    assert AuditEntry.objects.filter(actor="learner", action="sign out everywhere").exists()


def test_administrators_sign_accounts_out() -> None:
    user = make_learner()
    theirs, chief = logged_in(user), logged_in(make_superuser())
    chief.post("/admin/auth/user/", {"action": "sign_out", "_selected_action": [user.pk]})
    assert theirs.get("/history/").status_code == 302
    assert chief.get("/admin/").status_code == 200
    entry = AuditEntry.objects.get(action="sign out everywhere")
    assert (entry.actor, entry.object_name) == ("chief", "learner")


def test_managers_of_accounts_sign_no_staff_out() -> None:
    staff = [make_superuser(), make_teacher()]
    learner = make_learner()
    theirs, hers = logged_in(staff[0]), logged_in(learner)
    user = logged_in(give(make_teacher("manager"), "change_user"))
    chosen = [row.pk for row in (*staff, learner)]
    data = {"action": "sign_out", "_selected_action": chosen}
    page = user.post("/admin/auth/user/", data, follow=True).content.decode()
    assert "1 session was ended." in page
    assert "2 accounts were left as they are: only superusers sign staff out." in page
    assert theirs.get("/admin/").status_code == 200
    assert hers.get("/history/").status_code == 302
    assert AuditEntry.objects.get(action="sign out everywhere").object_name == "learner"


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_who_becomes_staff_logs_in_again_and_has_the_limits_of_staff(right: str) -> None:
    user = make_learner()
    client = logged_in(user)
    setattr(user, right, True)
    user.save()
    assert client.get("/history/").status_code == 302
    entry = AuditEntry.objects.get(action="sign out everywhere")
    assert (entry.object_name, entry.detail[-18:]) == ("learner", "Sessions ended: 1.")
    client = logged_in(user)
    assert client.get("/history/").status_code == 200
    shift(client, used=9)
    assert client.get("/history/").status_code == 302


def test_who_makes_somebody_staff_in_the_admin_stays_logged_in() -> None:
    user = make_learner()
    theirs, chief = logged_in(user), logged_in(make_superuser())
    data = {"username": "learner", "is_active": "on", "is_staff": "on"}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    page = f"/admin/auth/user/{user.pk}/change/"
    assert chief.post(page, data | joined).status_code == 302
    assert theirs.get("/history/").status_code == 302
    assert chief.get("/admin/").status_code == 200
    assert AuditEntry.objects.get(action="sign out everywhere").actor == "chief"


def test_other_changes_of_an_account_end_nothing() -> None:
    user = make_learner()
    client = logged_in(user)
    user.first_name = "Ann"
    user.save()
    user.is_staff = True
    user.save(update_fields=["first_name"])
    assert client.get("/history/").status_code == 200


NEW = "quite another long phrase"


def test_ones_own_new_password_ends_other_sessions_and_keeps_tokens() -> None:
    user = make_superuser()
    make_token(user=user, name="x", scopes=["courses:read"], days=30)
    here, there = logged_in(user), logged_in(user)
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/admin/password_change/", data).status_code == 302
    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302
    assert Session.objects.filter(account_id=user.pk).count() == 1
    assert PersonalToken.objects.usable().count() == 1


def test_a_password_that_somebody_else_sets_ends_everything() -> None:
    user = make_learner()
    make_token(user=user, name="x", scopes=["courses:read"], days=30)
    theirs, chief = logged_in(user), logged_in(make_superuser())
    data = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    done = chief.post(f"/admin/auth/user/{user.pk}/password/", data)
    assert done.status_code == 302
    assert theirs.get("/history/").status_code == 302
    assert chief.get("/admin/").status_code == 200
    assert not PersonalToken.objects.usable().exists()
    assert AuditEntry.objects.filter(action="revoke", actor="chief").count() == 1


def test_a_password_that_is_taken_away_ends_everything() -> None:
    user = make_learner()
    made = make_token(user=user, name="x", scopes=["courses:read"], days=30)
    theirs, chief = logged_in(user), logged_in(make_superuser())
    data = {"usable_password": "false", "unset-password": "x", "password1": "", "password2": ""}
    done = chief.post(f"/admin/auth/user/{user.pk}/password/", data)
    assert done.status_code == 302
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not Session.objects.filter(account_id=user.pk).exists()
    assert theirs.get("/history/").status_code == 302
    headers = {"authorization": f"Bearer {made.text}"}
    assert Client().get("/api/courses/", headers=headers).status_code == 401
    assert chief.get("/admin/").status_code == 200
    for action in ("disable password", "revoke"):
        assert AuditEntry.objects.get(action=action).actor == "chief"
    assert AuditEntry.objects.get(action="disable password").object_name == "learner"


def test_a_password_that_a_program_takes_away_ends_everything() -> None:
    user = make_learner()
    make_token(user=user, name="x", scopes=["courses:read"], days=30)
    theirs = logged_in(user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    assert theirs.get("/history/").status_code == 302
    assert not Session.objects.filter(account_id=user.pk).exists()
    assert not PersonalToken.objects.usable().exists()


def test_a_hash_that_is_renewed_at_a_login_ends_nothing(settings: Any) -> None:
    user = make_learner()
    make_token(user=user, name="x", scopes=["courses:read"], days=30)
    there = logged_in(user)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert logged_in(user).get("/history/").status_code == 200
    assert PersonalToken.objects.usable().count() == 1
    assert Session.objects.filter(pk=there.session.session_key).exists()


def test_sessions_that_have_ended_are_cleaned_up(chroma: int) -> None:
    client = logged_in(make_learner())
    Session.objects.create(
        session_key="old", session_data="", expire_date=timezone.now() - timedelta(seconds=1)
    )
    call_command("cleanup", "--apply", verbosity=0)
    assert not Session.objects.filter(pk="old").exists()
    assert client.get("/history/").status_code == 200
