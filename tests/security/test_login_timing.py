"""A login does the same work whether an account is there or not. Work is counted, not time.

How tokens are compared: tests/accounts/test_authentication.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import PASSWORD, make_learner

pytestmark = pytest.mark.django_db


def by_page(name: str, word: str) -> str:
    return Client().post("/login/", {"username": name, "password": word}).content.decode()


def by_admin(name: str, word: str) -> str:
    data = {"username": name, "password": word}
    return Client().post("/admin/login/?next=/admin/", data).content.decode()


def by_api(name: str, word: str) -> str:
    data = {"username": name, "password": word}
    answer: str = APIClient().post("/api/token/", data, format="json").content.decode()
    return answer


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the hasher was asked for."""
    calls: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        calls.append(salt)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return calls


@pytest.mark.parametrize("login", [by_page, by_admin, by_api])
def test_the_work_and_the_words_are_the_same(
    login: Callable[[str, str], str], hashed: list[str]
) -> None:
    make_learner("known")
    away = make_learner("inactive")
    away.is_active = False
    away.save()
    imported = make_learner("imported")
    imported.set_unusable_password()
    imported.save()
    found = set()
    cases = {"known": "wrong", "unknown": "wrong", "inactive": PASSWORD, "imported": "wrong"}
    for name, word in cases.items():
        hashed.clear()
        answer = login(name, word)
        token = answer.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        words = answer.replace(name, "NAME")
        found.add((len(hashed), words.replace(token, "TOKEN") if token else words))
    assert {work for work, _ in found} == {1}
    assert len({words for _, words in found}) == 1
