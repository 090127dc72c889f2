"""The admin: webhooks made and stopped, the log of what was sent, messages sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admin.rows import queries_of
from tests.api.world import make_delivery, make_webhook
from tests.factories import make_editor, make_learner, make_superuser, make_teacher
from tests.webhooks.receiver import Receiver, is_signed
from tests.webhooks.work import send_all
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services import MAX_ENDPOINTS

pytestmark = pytest.mark.django_db

WEBHOOKS = reverse("admin:webhooks_endpoint_changelist")
ADD = reverse("admin:webhooks_endpoint_add")
LOG = reverse("admin:webhooks_delivery_changelist")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page(teacher: User) -> Client:
    return browser(teacher)


def messages(answer: Any) -> str:
    return "\n".join(str(message) for message in answer.context["messages"])


def act(page: Client, address: str, action: str, *rows: Any) -> str:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return messages(page.post(address, data, follow=True))


def form(**values: Any) -> dict[str, Any]:
    return {"url": "https://1.1.1.1/", "description": "Marks", "events": ["job.failed"]} | values


def test_a_webhook_is_made_and_its_secret_shown_once(
    page: Client, teacher: User, receiver: Receiver
) -> None:
    answer = page.post(ADD, form(url=receiver.url), follow=True)
    found = re.search(r"whsec_\S+", messages(answer))
    assert found
    webhook = Endpoint.objects.get()
    assert (webhook.owner, webhook.events, webhook.active) == (teacher, ["job.failed"], True)
    changed = reverse("admin:webhooks_endpoint_change", args=[webhook.pk])
    for address in (WEBHOOKS, changed):
        assert b"whsec_" not in page.get(address).content
    assert "is being sent" in act(page, WEBHOOKS, "send_ping", webhook)
    assert send_all() == ["delivered"]
    assert is_signed(receiver.messages[0], found[0])
    renewed = re.search(r"whsec_\S+", act(page, WEBHOOKS, "new_secret", webhook))
    assert renewed
    assert renewed[0] != found[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "https://10.0.0.1/"}, "has no public address"),
        ({"url": ""}, "This field is required"),
        ({"events": []}, "This field is required"),
        ({"events": ["ping"]}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(wrong: Any, words: str, page: Client) -> None:
    answer = page.post(ADD, form(**wrong))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_a_webhook_is_changed_switched_off_and_on(page: Client, teacher: User) -> None:
    # Its name leads nowhere any more, which must not keep anybody from switching it off.
    webhook = make_webhook(teacher, url="https://gone.invalid/")
    address = reverse("admin:webhooks_endpoint_change", args=[webhook.pk])
    page.post(address, form(url=webhook.url, events=["job.failed", "job.completed"]))
    webhook.refresh_from_db()
    assert (webhook.active, webhook.disabled_reason) == (False, "It was switched off.")
    assert webhook.events == ["job.failed", "job.completed"]
    assert "disabled" in act(page, WEBHOOKS, "send_ping", webhook)
    assert b"It was switched off." in page.get(WEBHOOKS).content
    page.post(address, form(url="https://1.0.0.1/", active="on"))
    webhook.refresh_from_db()
    assert (webhook.active, webhook.url) == (True, "https://1.0.0.1/")
    assert "no public address" in page.post(address, form(url="https://10.0.0.1/")).content.decode()


def test_nobody_makes_more_than_ten(page: Client, teacher: User) -> None:
    for _ in range(MAX_ENDPOINTS):
        make_webhook(teacher)
    assert page.get(ADD).status_code == 403


def test_the_log_says_how_it_went(page: Client, teacher: User) -> None:
    webhook = make_webhook(teacher)
    Delivery.objects.update(status="failed", response_status=503, error="Answered 503.", attempts=7)
    shown = page.get(LOG).content.decode()
    for words in ("Answered 503.", "503", "attempt.submitted", "pa-failed"):
        assert words in shown
    delivery = Delivery.objects.get()
    one = page.get(reverse("admin:webhooks_delivery_change", args=[delivery.pk]))
    assert one.status_code == 200
    assert "Answered 503." in one.content.decode()
    assert webhook.url
    for narrowed, count in (("status__exact=failed", 1), ("status__exact=pending", 0)):
        assert page.get(f"{LOG}?{narrowed}").context["cl"].result_count == count


def test_messages_are_sent_again(page: Client, teacher: User, receiver: Receiver) -> None:
    webhook = make_webhook(teacher, url=receiver.url)
    delivery = Delivery.objects.get()
    assert "is sent again" in act(page, LOG, "send_again", delivery)
    assert "has not ended" in act(page, LOG, "send_again", delivery)
    assert send_all() == ["delivered"]
    assert len(receiver.messages) == 1
    assert webhook.deliveries.get().status == "delivered"


@pytest.mark.parametrize("address", [WEBHOOKS, LOG])
def test_people_see_their_own_and_administrators_all(address: str, page: Client) -> None:
    webhook = make_webhook(make_teacher("other"))
    for person, count in ((page, 0), (browser(make_editor()), 0), (browser(make_superuser()), 1)):
        assert person.get(address).context["cl"].result_count == count
    row = webhook if address == WEBHOOKS else webhook.deliveries.get()
    name = "endpoint" if address == WEBHOOKS else "delivery"
    assert page.get(reverse(f"admin:webhooks_{name}_change", args=[row.pk])).status_code == 302
    said = act(page, address, "send_ping" if address == WEBHOOKS else "send_again", row)
    assert "Perhaps it was deleted" in said
    assert Delivery.objects.get().status == "delivered"
    assert "/login/" in browser(make_learner()).get(address)["Location"]


def test_a_webhook_is_deleted_with_its_log(page: Client, teacher: User) -> None:
    webhook = make_webhook(teacher)
    page.post(reverse("admin:webhooks_endpoint_delete", args=[webhook.pk]), {"post": "yes"})
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("address", [WEBHOOKS, LOG])
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    address: str, page: Client, teacher: User
) -> None:
    make_webhook(teacher, events=Event.values)
    few = queries_of(page, address)
    for _ in range(4):
        make_delivery(make_webhook(teacher))
    assert queries_of(page, address) == few
