"""Rules for passwords, wherever one is set; how many tokens there can be."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.services import TooManyTokensError, make_token, revoke_token
from profai.local.first_start import ensure_first_accounts
from tests.factories import PASSWORD, make_learner, make_superuser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_too_short"),
        ("931047285610", "password_entirely_numeric"),
        ("qwertyuiop123", "password_too_common"),
        ("margaret.hamilton", "password_too_similar"),
    ],
)
def test_weak_passwords_are_refused(password: str, code: str) -> None:
    user = make_learner("margaret.hamilton")
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert code in {error.code for error in refused.value.error_list}


def as_chief() -> Client:
    client = Client()
    client.force_login(make_superuser())
    return client


def test_the_forms_of_the_admin_keep_to_the_rules() -> None:
    chief = as_chief()
    data = {
        "username": "new",
        "usable_password": "true",
        "password1": "short",
        "password2": "short",
    }
    page = chief.post("/admin/auth/user/add/", data).content.decode()
    assert "at least 12 characters" in page
    user = make_learner()
    weak = {"password1": "short", "password2": "short", "usable_password": "true"}
    page = chief.post(f"/admin/auth/user/{user.pk}/password/", weak).content.decode()
    assert "at least 12 characters" in page
    assert authenticate(username="learner", password=PASSWORD) == user


def test_the_first_accounts_get_passwords_that_pass() -> None:
    made = ensure_first_accounts()
    assert [account.name for account in made] == ["admin", "learner"]
    for account in made:
        validate_password(account.password)
        answer = Client().post("/login/", {"username": account.name, "password": account.password})
        assert answer.status_code == 302


def test_the_command_for_passwords_keeps_to_the_rules(monkeypatch: Any) -> None:
    make_learner()
    monkeypatch.setattr("getpass.getpass", lambda **_: "short")
    with pytest.raises(CommandError, match="Aborting password change"):
        call_command("changepassword", "learner", verbosity=0)


def test_there_is_a_most_of_tokens(settings: Settings) -> None:
    settings.TOKENS_PER_USER = 2
    user = make_learner()

    def make() -> Any:
        return make_token(user=user, name="x", scopes=["courses:read"], days=30)

    make()
    second = make()
    with pytest.raises(TooManyTokensError, match="2 tokens, the most there can be"):
        make()
    data = {"username": "learner", "password": PASSWORD}
    answer = Client().post("/api/token/", data)
    assert answer.status_code == 409
    assert answer.json()["code"] == "too_many_tokens"
    browser = Client()
    browser.force_login(user)
    form = {"name": "Report", "scopes": ["courses:read"], "lifetime": "90"}
    page = browser.post("/account/tokens/", form)
    assert page.status_code == 400
    assert "2 tokens, the most there can be" in page.content.decode()
    revoke_token(second.token)
    assert make().token.pk
