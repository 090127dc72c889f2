"""What happens to a webhook while somebody changes it: nothing of it is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from profai.roles import ensure_groups
from tests.api.world import client, make_webhook
from tests.factories import make_teacher
from tests.together import together
from webhooks import services
from webhooks.models import Endpoint
from webhooks.signing import unseal

NEW_URL = "https://1.0.0.1/"
# What the admin's page held when it was opened.
SHOWN = {
    "initial-url": "https://1.1.1.1/hook",
    "initial-description": "",
    "initial-events": ["attempt.submitted"],
    "initial-active": "True",
}
TYPED = {"url": NEW_URL, "description": "", "events": ["attempt.submitted"], "active": "on"}


def by_admin(user: User, webhook: Endpoint, **typed: Any) -> Any:
    browser = Client()
    browser.force_login(user)
    address = reverse("admin:webhooks_endpoint_change", args=[webhook.pk])
    return browser.post(address, SHOWN | TYPED | typed)


def by_api(user: User, webhook: Endpoint) -> Any:
    path = f"/api/webhooks/{webhook.pk}/"
    api = client(user)
    seen = api.get(path)["ETag"]
    return api.patch(path, {"url": NEW_URL}, format="json", headers={"If-Match": seen})


def during_the_look_up(patch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Have something happen whenever a name is looked up."""

    def look_up(*_args: Any) -> None:
        happen()

    patch.setattr(services, "public_addresses", look_up)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [by_admin, by_api])
def test_a_secret_rotated_meanwhile_stays(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_teacher()
    webhook = make_webhook(user)
    secrets = []
    during_the_look_up(
        monkeypatch, lambda: secrets.append(services.rotate_secret(Endpoint.objects.get()))
    )
    assert change(user, webhook).status_code in {200, 302}
    webhook.refresh_from_db()
    assert webhook.url == NEW_URL
    assert unseal(webhook.sealed_secret) == secrets[-1]


@pytest.mark.django_db
def test_a_stop_that_came_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_teacher()
    webhook = make_webhook(user)
    stop = lambda: services.disable(Endpoint.objects.get(), "Gone.")  # noqa: E731 - short
    during_the_look_up(monkeypatch, stop)
    assert by_admin(user, webhook).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.url, webhook.active, webhook.disabled_reason) == (NEW_URL, False, "Gone.")
    services.change_endpoint(webhook, active=True)
    Endpoint.objects.update(url="https://1.1.1.1/hook")
    # The API's version holds for all that it shows.
    during_the_look_up(monkeypatch, stop)
    answer = by_api(user, webhook)
    assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
    webhook.refresh_from_db()
    assert (webhook.url, webhook.active) == ("https://1.1.1.1/hook", False)


@pytest.mark.django_db
def test_two_who_change_the_same_are_told() -> None:
    user = make_teacher()
    webhook = make_webhook(user, description="Theirs")
    answer = by_admin(user, webhook, url="https://1.1.1.1/hook", description="Mine")
    assert answer.status_code == 200
    assert "this was changed: description" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    webhook.refresh_from_db()
    assert webhook.description == "Theirs"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [by_admin, by_api])
def test_nobody_waits_for_a_look_up(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_groups()
    user = make_teacher()
    webhook = make_webhook(user)
    found: list[Any] = []

    def lock() -> int:
        with transaction.atomic():
            return Endpoint.objects.select_for_update(nowait=True).get().pk

    during_the_look_up(monkeypatch, lambda: found.extend(together(lock)))
    assert change(user, webhook).status_code in {200, 302}
    assert set(found) == {webhook.pk}


@pytest.mark.django_db
def test_the_page_says_what_it_showed() -> None:
    user = make_teacher()
    webhook = make_webhook(user)
    browser = Client()
    browser.force_login(user)
    page = browser.get(reverse("admin:webhooks_endpoint_change", args=[webhook.pk]))
    for name in SHOWN:
        assert f'name="{name}"' in page.content.decode()
