"""A token that is asked for twice with one idempotency key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.models import PersonalToken
from tests.factories import make_learner

BODY = {"name": "Report", "scopes": ["courses:read"], "expires_in_days": 30}


@pytest.fixture(autouse=True)
def unthrottled() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(api: APIClient, key: str) -> Any:
    return api.post("/api/tokens/", BODY, format="json", headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_the_same_request_makes_one_token_and_shows_it_once() -> None:
    api, other = APIClient(), APIClient()
    api.force_authenticate(make_learner("ann"))
    other.force_authenticate(make_learner("ben"))
    assert ask(api, "k").status_code == 201
    again = ask(api, "k")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "revoke it" in again.json()["detail"]
    assert ask(other, "k").status_code == 201
    assert ask(api, "l").status_code == 201
    assert ask(api, "").status_code == ask(api, "").status_code == 201
    assert PersonalToken.objects.count() == 5


@pytest.mark.django_db
def test_a_key_that_cannot_be_kept_is_refused() -> None:
    api = APIClient()
    api.force_authenticate(make_learner())
    assert ask(api, "k" * 256).status_code == 400
    assert not PersonalToken.objects.exists()
