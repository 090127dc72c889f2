"""The page where people make, see and revoke their tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import PersonalToken, Scope, Session
from accounts.services import revoke_token
from accounts.views import TOKENS_PER_PAGE
from tests.accounts.tokens import bearer, token_of
from tests.factories import make_learner, make_superuser

pytestmark = pytest.mark.django_db

PAGE = "/account/tokens/"
DATA = {"name": "Report", "scopes": ["courses:read", "jobs:read"], "lifetime": "90"}


def browser(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_learner())
    return client


def secret_in(answer: Any) -> str:
    text = answer.content.decode()
    start = text.index('<code class="secret">') + len('<code class="secret">')
    return str(text[start : text.index("</code>", start)])


def test_a_token_is_made_shown_once_and_opens_the_api() -> None:
    client = browser()
    answer = client.post(PAGE, DATA)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = secret_in(answer)
    assert bearer(text).get("/api/courses/").status_code == 200
    assert bearer(text).get("/api/quizzes/").status_code == 403
    secret = text.rpartition("_")[2]
    for later in (client.get(PAGE), client.get("/"), client.get("/api/tokens/")):
        assert secret not in later.content.decode()
    assert secret not in repr([session.get_decoded() for session in Session.objects.all()])
    shown = client.get(PAGE).content.decode()
    assert "Report" in shown
    assert f"profai_{PersonalToken.objects.get().prefix}" in shown
    assert "Read courses and their topics · Follow jobs" in shown


@pytest.mark.parametrize(
    ("lifetime", "days"), [("30", 30), ("90", 90), ("365", 365), ("never", None)]
)
def test_people_choose_how_long_it_is_valid(lifetime: str, days: int | None) -> None:
    browser().post(PAGE, DATA | {"lifetime": lifetime})
    end = PersonalToken.objects.get().expires_at
    if days is None:
        assert end is None
    else:
        assert end is not None
        assert abs(end - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_ninety_days_are_chosen_beforehand() -> None:
    assert '<option value="90" selected>90 days' in browser().get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["everything"]}, "everything is not one of the available choices"),
        ({"lifetime": "7"}, "7 is not one of the available choices"),
        ({"lifetime": ""}, "This field is required."),
    ],
)
def test_a_wrong_form_says_what_is_wrong(wrong: dict[str, Any], words: str) -> None:
    answer = browser().post(PAGE, DATA | wrong)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not PersonalToken.objects.exists()


def test_the_form_sent_twice_makes_one_token() -> None:
    client = browser()
    client.post(PAGE, DATA)
    answer = client.post(PAGE, DATA)
    assert answer.status_code == 400
    assert "You have a token of this name." in answer.content.decode()
    revoke_token(PersonalToken.objects.get())
    assert client.post(PAGE, DATA).status_code == 200
    assert client.get(PAGE).content.decode().count("Revoked") == 1


def test_a_revocation_is_asked_about_and_takes_effect_at_once() -> None:
    ann = make_learner("ann")
    made = token_of(ann)
    client = browser(ann)
    address = f"{PAGE}{made.token.pk}/revoke/"
    assert address in client.get(PAGE).content.decode()
    assert "cannot be undone" in client.get(address).content.decode()
    assert bearer(made.text).get("/api/courses/").status_code == 200
    answer = client.post(address, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "was revoked" in answer.content.decode()
    assert address not in answer.content.decode()
    assert bearer(made.text).get("/api/courses/").json()["code"] == "token_revoked"


def test_nobody_sees_or_revokes_the_tokens_of_others() -> None:
    made = token_of(make_learner("ann"), name="Ann's")
    client = browser(make_superuser())
    assert "Ann" not in client.get(PAGE).content.decode()
    assert client.get("/api/tokens/").json()["results"] == []
    for number in (made.token.pk, 10**30):
        assert client.get(f"{PAGE}{number}/revoke/").status_code == 404
        assert client.post(f"{PAGE}{number}/revoke/").status_code == 404
        assert client.delete(f"/api/tokens/{number}/").status_code == 404
    made.token.refresh_from_db()
    assert made.token.revoked_at is None


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}1/revoke/"])
def test_who_is_not_logged_in_is_asked_to(address: str) -> None:
    answer = Client().post(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={address}")


def test_a_form_from_elsewhere_makes_and_revokes_nothing() -> None:
    ann = make_learner("ann")
    made = token_of(ann)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    for address in (PAGE, f"{PAGE}{made.token.pk}/revoke/"):
        assert client.post(address, DATA).status_code == 403
    sent = client.post("/api/tokens/", DATA, content_type="application/json")
    assert sent.status_code == 403
    assert [token.state for token in PersonalToken.objects.all()] == ["active"]


def test_a_token_does_not_open_the_pages() -> None:
    made = token_of(make_learner())
    assert bearer(made.text).get(PAGE).status_code == 302


def test_a_name_is_shown_as_text() -> None:
    client = browser()
    text = client.post(PAGE, DATA | {"name": "<b>x</b>"}).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "<b>x" not in text


def test_the_page_is_linked_from_the_account_to_which_all_pages_lead() -> None:
    client = browser(make_superuser())
    for address in ("/", "/history/", "/admin/"):
        assert 'href="/account/"' in client.get(address).content.decode()
    assert f'href="{PAGE}"' in client.get("/account/").content.decode()
    assert PAGE not in Client().get("/login/").content.decode()


def test_many_tokens_take_as_many_queries_as_few(django_assert_max_num_queries: Any) -> None:
    ann = make_learner("ann")
    client = browser(ann)
    counts = []
    for size in (1, TOKENS_PER_PAGE):
        for number in range(size):
            token_of(ann, name=f"{size}.{number}")
        with django_assert_max_num_queries(10) as queries:
            page = client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 2" in page.content.decode()


def test_the_api_makes_lists_and_revokes_tokens_for_people_with_a_session() -> None:
    client = browser()
    data = {"name": "Report", "scopes": ["jobs:read"]}
    made = client.post("/api/tokens/", data, content_type="application/json")
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    text = made.json().pop("token")
    assert bearer(text).get("/api/quizzes/").status_code == 403
    (listed,) = client.get("/api/tokens/").json()["results"]
    assert listed | {"last_used_at": None} == {
        key: value for key, value in made.json().items() if key != "token"
    }
    assert set(listed) == {
        *("id", "name", "prefix", "scopes", "state"),
        *("created_at", "last_used_at", "expires_at", "revoked_at"),
    }
    assert client.delete(f"/api/tokens/{listed['id']}/").status_code == 204
    assert client.delete(f"/api/tokens/{listed['id']}/").status_code == 204
    assert client.get("/api/tokens/").json()["results"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "jobs:read"}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": [["jobs:read"]]}, "scopes"),
        ({"expires_in_days": 7}, "expires_in_days"),
        ({"expires_in_days": ""}, "expires_in_days"),
    ],
)
def test_the_api_says_which_field_is_wrong(wrong: dict[str, Any], field: str) -> None:
    data = {"name": "Report", "scopes": ["jobs:read"], "expires_in_days": 30} | wrong
    answer = browser().post("/api/tokens/", data, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_the_api_makes_tokens_without_an_end() -> None:
    data = {"name": "Report", "scopes": ["jobs:read"], "expires_in_days": None}
    answer = browser().post("/api/tokens/", data, content_type="application/json")
    assert answer.json()["expires_at"] is None


def test_a_token_can_neither_list_make_nor_revoke_tokens() -> None:
    made = token_of(make_learner(), *Scope.values)
    api = bearer(made.text)
    data = {"name": "More", "scopes": Scope.values}
    for answer in (
        api.get("/api/tokens/"),
        api.post("/api/tokens/", data, format="json"),
        api.delete(f"/api/tokens/{made.token.pk}/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert "log in with a browser" in answer.json()["detail"]
    assert [token.state for token in PersonalToken.objects.all()] == ["active"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_list_is_for_those_who_are_logged_in(method: str) -> None:
    assert getattr(Client(), method)("/api/tokens/").status_code == 401
