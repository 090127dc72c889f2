"""Which tokens are taken, what is said of the others, and what is written down."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import PersonalToken, Scope, TokenState
from accounts.services import MadeToken, find_token, note_use, revoke_token
from tests.accounts.tokens import bearer, token_of
from tests.factories import PASSWORD, make_learner

pytestmark = pytest.mark.django_db


def expire(made: MadeToken) -> None:
    PersonalToken.objects.filter(pk=made.token.pk).update(expires_at=timezone.now())


def revoke(made: MadeToken) -> None:
    revoke_token(made.token)


def deactivate(made: MadeToken) -> None:
    made.token.user.is_active = False
    made.token.user.save()


def delete(made: MadeToken) -> None:
    made.token.delete()


@pytest.mark.parametrize("keyword", ["Bearer", "bearer", "Token", "TOKEN"])
def test_a_token_opens_the_api(keyword: str) -> None:
    made = token_of(make_learner())
    assert bearer(made.text, keyword).get("/api/courses/").status_code == 200


def test_a_token_without_an_end_opens_the_api() -> None:
    made = token_of(make_learner(), days=None)
    assert made.token.expires_at is None
    assert bearer(made.text).get("/api/courses/").status_code == 200


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (expire, "token_expired", "has expired"),
        (revoke, "token_revoked", "was revoked"),
        (deactivate, "account_inactive", "not active"),
        (delete, "token_unknown", "not known"),
    ],
)
def test_a_refusal_says_why(change: Any, code: str, words: str) -> None:
    made = token_of(make_learner())
    change(made)
    answer = bearer(made.text).get("/api/courses/")
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert words in answer.json()["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


def test_a_token_that_is_both_revoked_and_expired_was_revoked() -> None:
    made = token_of(make_learner())
    expire(made)
    revoke(made)
    assert bearer(made.text).get("/api/courses/").json()["code"] == "token_revoked"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.replace(text[7:15], "00000000"),
        lambda text: text[7:],
        str.upper,
        lambda text: f"{text} {text}",
        lambda _text: "",
        lambda _text: "é" * 80,
        lambda _text: "\x00",
    ],
)
def test_another_text_is_unknown(change: Any) -> None:
    made = token_of(make_learner())
    answer = bearer(change(made.text)).get("/api/courses/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_unknown")


def test_nobody_in_particular_is_told_the_scheme() -> None:
    answer = bearer("x", "Basic").get("/api/courses/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith('Bearer realm="api"')


def test_the_look_up_is_by_digest_and_knows_no_secret() -> None:
    made = token_of(make_learner())
    secret = made.text.rpartition("_")[2]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert find_token(made.text) == made.token
    (query,) = queries.captured_queries
    assert made.token.digest in query["sql"]
    assert secret not in query["sql"]


def test_a_text_that_is_no_token_costs_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert find_token("profai_x") is None


def test_the_secret_is_neither_stored_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), CaptureQueriesContext(connection) as queries:
        made = token_of(make_learner())
        bearer(made.text).get("/api/courses/")
        bearer(made.text).get("/api/nothing")
    secret = made.text.rpartition("_")[2]
    stored = PersonalToken.objects.values().get()
    assert secret not in repr(stored)
    assert secret not in repr(made)
    assert secret not in caplog.text
    assert not [query for query in queries.captured_queries if secret in query["sql"]]


def test_the_use_is_noted_once_a_minute() -> None:
    made = token_of(make_learner())
    api = bearer(made.text)
    api.get("/api/courses/")
    made.token.refresh_from_db()
    first = made.token.last_used_at
    assert first is not None
    with CaptureQueriesContext(connection) as queries:
        api.get("/api/courses/")
    assert not [query for query in queries.captured_queries if "UPDATE" in query["sql"]]
    PersonalToken.objects.update(last_used_at=first - timedelta(minutes=1))
    api.get("/api/courses/")
    made.token.refresh_from_db()
    again = made.token.last_used_at
    assert again is not None
    assert again > first - timedelta(seconds=1)


def test_of_requests_at_the_same_time_one_notes_the_use() -> None:
    made = token_of(make_learner())
    rivals = [PersonalToken.objects.get(), PersonalToken.objects.get()]
    note_use(rivals[0])
    noted = PersonalToken.objects.get().last_used_at
    note_use(rivals[1])
    made.token.refresh_from_db()
    assert made.token.last_used_at == noted


def test_a_refused_token_notes_no_use() -> None:
    made = token_of(make_learner())
    revoke(made)
    bearer(made.text).get("/api/courses/")
    assert PersonalToken.objects.get().last_used_at is None


def test_the_first_revocation_stands() -> None:
    made = token_of(make_learner())
    revoke(made)
    first = made.token.revoked_at
    revoke(made)
    assert made.token.revoked_at == first
    assert made.token.state == TokenState.REVOKED


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_token_has_known_scopes(scopes: list[str]) -> None:
    made = token_of(make_learner())
    made.token.scopes = scopes
    with pytest.raises(ValidationError):
        made.token.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        made.token.save()


def test_a_name_and_a_password_give_a_token_of_all_scopes_for_a_month() -> None:
    make_learner("ann")
    data = {"username": "ann", "password": PASSWORD}
    # A token that has expired does not keep anyone from getting another.
    answer = bearer("old").post("/api/token/", data, headers={"user-agent": "report\x01er/1.0"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at"}
    assert answer["Cache-Control"] == "no-store"
    token = PersonalToken.objects.get()
    assert (token.name, token.scopes) == ("reporter/1.0", sorted(Scope.values))
    assert token.expires_at is not None
    left = token.expires_at - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    assert bearer(answer.json()["token"]).get("/api/courses/").status_code == 200


def test_a_client_without_a_name_gets_a_token_too() -> None:
    make_learner("ann")
    data = {"username": "ann", "password": PASSWORD}
    assert bearer("").post("/api/token/", data, HTTP_USER_AGENT="").status_code == 200
    assert PersonalToken.objects.get().name == "A program without a name"


def test_wrong_and_inactive_people_get_no_token() -> None:
    ann = make_learner("ann")
    for active, password in ((True, "wrong"), (False, PASSWORD)):
        ann.is_active = active
        ann.save()
        data = {"username": "ann", "password": password}
        answer = bearer("").post("/api/token/", data)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert "No active account" in str(answer.json()["fields"])
    assert not PersonalToken.objects.exists()
