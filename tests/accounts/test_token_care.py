"""Tokens in the admin, in the clean-up, and what became of those of DRF."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.cleanup import old_tokens
from accounts.models import PersonalToken
from accounts.services import revoke_token
from tests.accounts.tokens import bearer, token_of
from tests.factories import give, make_learner, make_superuser, make_teacher

LIST = "/admin/accounts/personaltoken/"


def admin(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_the_admin_shows_tokens_but_neither_digest_nor_secret() -> None:
    made = token_of(make_learner("ann"), name="Report")
    client = admin(make_superuser())
    for address in (LIST, f"{LIST}{made.token.pk}/change/", f"{LIST}?q={made.token.prefix}"):
        text = client.get(address).content.decode()
        assert made.token.prefix in text
        assert "Report" in text
        assert made.token.digest not in text
        assert made.text.rpartition("_")[2] not in text
    assert "courses:read" in client.get(f"{LIST}{made.token.pk}/change/").content.decode()


@pytest.mark.django_db
def test_the_admin_makes_and_changes_no_tokens() -> None:
    made = token_of(make_learner("ann"), name="Report")
    client = admin(make_superuser())
    assert client.get(f"{LIST}add/").status_code == 403
    change = f"{LIST}{made.token.pk}/change/"
    assert client.post(change, {"name": "Other"}).status_code == 403
    assert client.post(LIST, {"action": "digest"}).status_code in {200, 302}
    assert PersonalToken.objects.get().name == "Report"


def revoke(client: Client, *tokens: PersonalToken) -> str:
    data = {"action": "revoke", "_selected_action": [token.pk for token in tokens]}
    return client.post(LIST, data, follow=True).content.decode()


@pytest.mark.django_db
def test_the_admin_revokes_tokens() -> None:
    ann = make_learner("ann")
    one, two, gone = (token_of(ann, name=name) for name in ("one", "two", "gone"))
    revoke_token(gone.token)
    text = revoke(admin(make_superuser()), one.token, gone.token)
    assert "1 token was revoked." in text
    assert bearer(one.text).get("/api/courses/").status_code == 401
    assert bearer(two.text).get("/api/courses/").status_code == 200


@pytest.mark.django_db
def test_who_may_only_look_revokes_nothing() -> None:
    made = token_of(make_learner("ann"))
    client = admin(give(make_teacher(), "view_personaltoken"))
    assert made.token.prefix in client.get(LIST).content.decode()
    revoke(client, made.token)
    made.token.refresh_from_db()
    assert made.token.revoked_at is None


@pytest.mark.django_db
def test_a_user_with_tokens_can_be_deleted_in_the_admin() -> None:
    ann = make_learner("ann")
    token_of(ann)
    admin(make_superuser()).post(f"/admin/auth/user/{ann.pk}/delete/", {"post": "yes"})
    assert not PersonalToken.objects.exists()


@pytest.mark.django_db
def test_the_clean_up_takes_tokens_that_ended_long_ago(
    chroma: int, settings: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MEDIA_ROOT = tmp_path
    ann = make_learner("ann")
    ages = {
        "expired long ago": {"expires_at": 91},
        "revoked long ago": {"revoked_at": 91, "expires_at": -5},
        "expired": {"expires_at": 89},
        "revoked": {"revoked_at": 89},
        "valid": {"expires_at": -1},
        "never used": {"created_at": 999},
    }
    for name, times in ages.items():
        token = token_of(ann, name=name, days=None).token
        moments = {field: timezone.now() - timedelta(days=age) for field, age in times.items()}
        PersonalToken.objects.filter(pk=token.pk).update(**moments)
    assert {token.name for token in old_tokens()} == {"expired long ago", "revoked long ago"}
    call_command("cleanup")
    assert "     2  old personal tokens" in capsys.readouterr().out
    assert PersonalToken.objects.count() == 6
    call_command("cleanup", "--apply")
    assert {token.name for token in PersonalToken.objects.all()} == set(list(ages)[2:])


@pytest.mark.slow
@pytest.mark.django_db
def test_the_table_of_the_tokens_of_before_is_dropped() -> None:
    def tables() -> list[str]:
        return [name for name in connection.introspection.table_names() if "authtoken" in name]

    call_command("migrate", "accounts", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY)")
    assert tables() == ["authtoken_token"]
    call_command("migrate", "accounts", verbosity=0)
    assert tables() == []
