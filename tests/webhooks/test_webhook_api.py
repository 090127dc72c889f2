"""Webhooks over HTTP: made once, changed in the version seen, tested, followed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.settings import api_settings
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from accounts.services import make_token
from tests.api.world import client, make_delivery, make_webhook
from tests.factories import make_superuser, make_teacher
from tests.webhooks.receiver import Receiver, answers, is_signed
from tests.webhooks.work import send_all
from webhooks.models import Delivery, Endpoint
from webhooks.services import MAX_ENDPOINTS

pytestmark = pytest.mark.django_db

LIST = "/api/webhooks/"
URL = "https://1.1.1.1/hook"
NEW = {"url": URL, "events": ["attempt.submitted", "job.failed"], "description": "Marks"}
KEY = {"Idempotency-Key": "w-1"}


@pytest.fixture
def api(teacher: User) -> APIClient:
    return client(teacher)


def make(api: APIClient, **values: object) -> Any:
    answer = api.post(LIST, NEW | values, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def change(api: APIClient, number: int, values: Any, match: str = "*") -> Any:
    headers = {"If-Match": match}
    return api.patch(f"{LIST}{number}/", values, format="json", headers=headers)


def test_a_webhook_is_made_and_its_secret_shown_once(api: APIClient, teacher: User) -> None:
    answer = api.post(LIST, NEW, format="json")
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"{LIST}{made['id']}/"
    assert answer["Cache-Control"] == "no-store"
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert {key: made[key] for key in NEW} == NEW
    assert (made["active"], made["disabled_reason"]) == (True, "")
    assert api.get(answer["Location"]).json() == made
    assert api.get(LIST).json()["results"] == [made]
    (row,) = Endpoint.objects.values_list()
    assert secret not in str(row)
    assert Endpoint.objects.get().owner == teacher


def test_the_same_request_with_its_key_makes_one_webhook(api: APIClient) -> None:
    first, second = (api.post(LIST, NEW, format="json", headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert "secret" not in second.json()
    assert Endpoint.objects.count() == 1
    other = api.post(LIST, NEW | {"description": "Else"}, format="json", headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    # A key is a person's own.
    theirs = client(make_teacher("other")).post(LIST, NEW, format="json", headers=KEY)
    assert theirs.status_code == 201
    long = api.post(LIST, NEW, format="json", headers={"Idempotency-Key": "x" * 256})
    assert (long.status_code, long.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "http://1.1.1.1/"}, "url"),
        ({"url": "https://1.1.1.1/" + "é" * 200}, "url"),
        ({"url": None}, "url"),
        ({"events": []}, "events"),
        ({"events": ["course.lost"]}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"events": "job.failed"}, "events"),
        ({"description": "x" * 201}, "description"),
    ],
)
def test_what_is_wrong_is_named(wrong: Any, field: str, api: APIClient) -> None:
    answer = api.post(LIST, NEW | wrong, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert set(answer.json()["fields"]) == {field}
    made = make(api)
    answer = change(api, made["id"], wrong)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {field})
    assert Endpoint.objects.get().url == URL


def test_nobody_has_more_than_ten(api: APIClient) -> None:
    for _ in range(MAX_ENDPOINTS):
        make(api)
    answer = api.post(LIST, NEW, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "10 webhooks" in answer.json()["detail"]


def test_a_webhook_is_changed_in_the_version_seen_and_deleted(api: APIClient) -> None:
    address = f"{LIST}{make(api)['id']}/"
    version = api.get(address)["ETag"]
    assert api.get(address, headers={"If-None-Match": version}).status_code == 304
    values = {"events": ["job.failed", "job.failed"], "url": "https://1.0.0.1/"}
    changed = api.patch(address, values, format="json", headers={"If-Match": version})
    assert changed.status_code == 200
    assert (changed.json()["events"], changed.json()["url"]) == (["job.failed"], values["url"])
    assert changed.json()["description"] == "Marks"
    late = api.patch(address, {"description": ""}, format="json", headers={"If-Match": version})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert api.delete(address).json()["code"] == "if_match_required"
    assert api.delete(address, headers={"If-Match": changed["ETag"]}).status_code == 204
    assert not Endpoint.objects.exists()


def test_a_webhook_is_switched_off_and_on(api: APIClient) -> None:
    made = make(api)
    off = change(api, made["id"], {"active": False}).json()
    assert (off["active"], off["disabled_reason"]) == (False, "It was switched off.")
    assert off["disabled_at"]
    refused = api.post(f"{LIST}{made['id']}/test/")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    on = change(api, made["id"], {"active": True}).json()
    del made["secret"]
    assert on == made


def test_a_test_message_can_be_followed(
    api: APIClient, receiver: Receiver, settings: Settings
) -> None:
    made = make(api, url=receiver.url)
    address = f"{LIST}{made['id']}/"
    sent, again = (api.post(address + "test/", headers=KEY) for _ in range(2))
    assert (sent.status_code, again.json()["id"]) == (202, sent.json()["id"])
    assert (sent.json()["status"], sent.json()["event"]) == ("pending", "ping")
    assert sent.json()["next_at"]
    assert send_all() == ["delivered"]
    (message,) = receiver.messages
    assert is_signed(message, made["secret"])
    shown = api.get(f"{address}deliveries/{sent.json()['id']}/").json()
    assert (shown["status"], shown["response_status"], shown["attempts"]) == ("delivered", 200, 1)
    assert (shown["response_excerpt"], shown["next_at"]) == ("Thanks", None)
    assert 0 <= shown["duration"] < 2
    assert shown["payload"] == message.content
    assert api.post(address + "test/").json()["id"] != sent.json()["id"]


def test_a_new_secret_signs_from_now_on(api: APIClient, receiver: Receiver) -> None:
    made = make(api, url=receiver.url)
    answer = api.post(f"{LIST}{made['id']}/rotate-secret/")
    assert answer["Cache-Control"] == "no-store"
    api.post(f"{LIST}{made['id']}/test/")
    send_all()
    (message,) = receiver.messages
    assert is_signed(message, answer.json()["secret"])
    assert not is_signed(message, made["secret"])


def test_an_ended_delivery_is_sent_again_and_a_waiting_one_is_not(
    api: APIClient, receiver: Receiver
) -> None:
    made = make(api, url=receiver.url)
    address = f"{LIST}{made['id']}/"
    receiver.answer = answers(500)
    number = api.post(address + "test/").json()["id"]
    waiting = api.post(f"{address}deliveries/{number}/redeliver/")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "conflict")
    send_all()
    receiver.answer = answers(200)
    again = api.post(f"{address}deliveries/{number}/redeliver/")
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    assert send_all() == ["delivered"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("status=delivered", 1),
        ("status=pending&event=ping", 1),
        ("event=job.failed", 0),
        ("ordering=created_at&page_size=1", 1),
    ],
)
def test_deliveries_are_narrowed(query: str, count: int, api: APIClient, teacher: User) -> None:
    webhook = make_webhook(teacher)
    api.post(f"{LIST}{webhook.pk}/test/")
    answer = api.get(f"{LIST}{webhook.pk}/deliveries/?{query}")
    assert len(answer.json()["results"]) == count
    wrong = api.get(f"{LIST}{webhook.pk}/deliveries/?status=lost")
    assert (wrong.status_code, set(wrong.json()["fields"])) == (400, {"status"})


def test_deliveries_of_another_webhook_are_not_found(api: APIClient, teacher: User) -> None:
    first, second = make_webhook(teacher), make_webhook(teacher)
    number = second.deliveries.get().pk
    assert api.get(f"{LIST}{first.pk}/deliveries/{number}/").status_code == 404
    assert api.post(f"{LIST}{first.pk}/deliveries/{number}/redeliver/").status_code == 404


def test_superusers_have_webhooks_of_their_own_only(teacher: User) -> None:
    webhook = make_webhook(teacher)
    chief = client(make_superuser())
    assert chief.get(LIST).json()["count"] == 0
    assert chief.get(f"{LIST}{webhook.pk}/").status_code == 404


@pytest.mark.parametrize("deliveries", [False, True])
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    api: APIClient, teacher: User, *, deliveries: bool
) -> None:
    webhook = make_webhook(teacher)
    path = f"{LIST}{webhook.pk}/deliveries/" if deliveries else LIST
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            rows = api.get(path).json()["count"]
        counts.append((rows, len(queries)))
        for _ in range(5):
            make_delivery(webhook)
            make_webhook(teacher)
    assert [rows for rows, _ in counts] == [1, 6]
    assert counts[0][1] == counts[1][1]


@pytest.mark.parametrize(("scope", "status"), [("webhooks", 200), ("courses:write", 403)])
def test_a_token_needs_the_scope(scope: str, status: int, teacher: User) -> None:
    webhook = make_webhook(teacher)
    token = make_token(user=teacher, name="hooks", scopes=[scope], days=1).text
    api = APIClient(headers={"Authorization": f"Bearer {token}"})
    for path in (LIST, f"{LIST}{webhook.pk}/", f"{LIST}{webhook.pk}/deliveries/"):
        answer = api.get(path)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "scope_missing"


def test_what_calls_other_servers_is_limited(
    api: APIClient, teacher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = api_settings.DEFAULT_THROTTLE_RATES | {"webhook": "2/min"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    webhook = make_webhook(teacher)
    delivery = Delivery.objects.get()
    address = f"{LIST}{webhook.pk}/"
    assert api.post(address + "test/").status_code == 202
    assert api.post(f"{address}deliveries/{delivery.pk}/redeliver/").status_code == 202
    for answer in (
        api.post(LIST, NEW, format="json"),
        change(api, webhook.pk, {}),
        api.post(address + "test/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
        assert int(answer["Retry-After"]) > 0
    assert {api.get(path).status_code for path in (LIST, address)} == {200}
