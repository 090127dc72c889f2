"""Nobody reaches our own network through a webhook, whatever the address looks like."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from tests.waiting import LONG
from tests.webhooks.receiver import Receiver, answers
from tests.webhooks.work import send_all
from webhooks.models import Delivery, Endpoint, Event
from webhooks.outbox import emit
from webhooks.services import check_address, create_endpoint
from webhooks.signing import new_secret, seal

PUBLIC = "93.184.215.14"
REFUSED = [
    # Loopback, in all the forms that a system takes for an address
    *("127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0"),
    *("0.0.0.0", "[::1]", "[::]", "localhost", "0x7f.1", "127.0.0.1."),  # noqa: S104 - none is bound
    # Private and shared
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "167772161"),
    *("[fc00::1]", "[fd12:3456::1]", "[fec0::1]"),
    # Link-local, with the metadata services of clouds
    *("169.254.169.254", "169.254.1.1", "[fe80::1]", "[fd00:ec2::254]", "168.63.129.16"),
    # Reserved, for documentation, for benchmarks, multicast, broadcast
    *("192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "[ff02::1]", "[2001:db8::1]", "[100::1]"),
    # IPv4 within IPv6
    *("[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]"),
    *("[2002:a00:1::1]", "[2001:0:7f00:1::1]"),
]
PINNED = "hooks.example"
Lookups = Callable[..., list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Lookups:
    """Names that lead to addresses, another set of them at each look-up, the last for ever.

    Returns what was looked up; addresses themselves are left to the system.
    """
    asked: list[str] = []
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for one in found for entry in real(one, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def know(name: str, *answers: list[str]) -> list[str]:
        known[name] = list(answers)
        return asked

    return know


@pytest.mark.parametrize("host", REFUSED)
def test_what_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(ValidationError, match="has no public address, so it is not called"):
        check_address(f"https://{host}/hook")


PUBLIC_HOSTS = [
    *(PUBLIC, "1.1.1.1", "[2606:4700:4700::1111]"),
    # IPv4 within IPv6
    *("[2002:101:101::1]", "[64:ff9b::101:101]", "[::ffff:1.1.1.1]"),
]


@pytest.mark.parametrize("host", PUBLIC_HOSTS)
def test_public_addresses_are_taken(host: str) -> None:
    assert check_address(f"https://{host}/hook") == f"https://{host}/hook"


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ([PUBLIC], True),
        ([PUBLIC, "2606:4700:4700::1111"], True),
        (["10.0.0.1"], False),
        ([PUBLIC, "127.0.0.1"], False),
        ([PUBLIC, "::ffff:192.168.0.1"], False),
        ([], False),
    ],
)
def test_a_name_is_judged_by_all_that_it_leads_to(
    answer: list[str], *, taken: bool, names: Lookups
) -> None:
    names(PINNED, answer)
    if taken:
        assert check_address(f"https://{PINNED}/hook") == f"https://{PINNED}/hook"
    else:
        with pytest.raises(ValidationError, match="no public address"):
            check_address(f"https://{PINNED}/hook")


def test_an_unknown_name_is_refused_in_the_words_of_an_internal_one() -> None:
    for host in ("nobody.invalid", "localhost"):
        with pytest.raises(ValidationError) as refused:
            check_address(f"https://{host}/")
        assert refused.value.messages == [f"“{host}” has no public address, so it is not called."]


def test_nobody_waits_long_for_a_name(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    answers = threading.Event()
    request.addfinalizer(answers.set)

    def slow(*_args: Any, **_kwargs: Any) -> list[Any]:
        answers.wait(2 * LONG)
        return []

    monkeypatch.setattr("webhooks.services.LOOK_UP_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    start = time.monotonic()
    with pytest.raises(ValidationError, match="no public address"):
        check_address("https://slow.example/")
    assert time.monotonic() - start < LONG


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://1.1.1.1/hook", "begins with https://"),
        ("ftp://1.1.1.1/hook", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("gopher://1.1.1.1:443/", "begins with https://"),
        ("//1.1.1.1/hook", "begins with https://"),
        ("1.1.1.1", "begins with https://"),
        ("", "begins with https://"),
        ("https:///hook", "begins with https://"),
        ("https://user:word@1.1.1.1/", "Leave the user name and password out"),
        ("https://1.1.1.1@127.0.0.1/", "Leave the user name and password out"),
        ("https://1.1.1.1:22/", "Only these ports may be called: 443."),
        ("https://1.1.1.1:0/", "Only these ports may be called: 443."),
        ("https://1.1.1.1:99999/", "Only these ports may be called: 443."),
        ("https://0177.0.0.1/", "not a valid address"),
        ("https://1.1.1.1/\x00", "not a valid address"),
        ("https://1.1.1.1/\r\nX-Evil: 1", "not a valid address"),
        ("https://[::1/", "not a valid address"),
        ("https://" + "x" * 500, "at most 500 characters"),
    ],
)
def test_the_form_of_an_address_is_checked(address: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        check_address(address)


def test_an_address_is_stored_in_normal_form() -> None:
    assert check_address(" HTTPS://1.1.1.1:443/a b?c=d#e ") == "https://1.1.1.1/a%20b?c=d"


def test_settings_open_what_is_closed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True
    assert check_address("http://1.1.1.1/") == "http://1.1.1.1/"
    settings.WEBHOOK_ALLOWED_PORTS = [8443]
    assert check_address("https://1.1.1.1:8443/") == "https://1.1.1.1:8443/"
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.1.2.0/24", "fd00::/8"]
    for host in ("10.1.2.3", "[fd00::7]", "[::ffff:10.1.2.3]"):
        assert check_address(f"https://{host}/")
    with pytest.raises(ValidationError):
        check_address("https://10.1.3.3/")


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("WEBHOOK_ALLOWED_NETWORKS", ["10.1.2.3/24"], "webhooks.E001"),
        ("WEBHOOK_ALLOWED_NETWORKS", ["home"], "webhooks.E001"),
        ("WEBHOOK_ALLOWED_PORTS", [70000], "webhooks.E002"),
        ("WEBHOOK_ALLOWED_PORTS", [8443], None),
        ("WEBHOOK_ALLOWED_NETWORKS", ["10.1.2.0/24"], None),
    ],
)
def test_wrong_settings_are_found_at_the_start(
    name: str, value: object, number: str | None, settings: Settings
) -> None:
    setattr(settings, name, value)
    found = [check.id for check in run_checks() if str(check.id).startswith("webhooks.")]
    assert found == ([number] if number else [])


# --- at sending


@pytest.mark.django_db
def test_what_became_private_since_it_was_saved_is_not_called(
    teacher: User, names: Lookups
) -> None:
    asked = names(PINNED, [PUBLIC], ["127.0.0.1"])
    create_endpoint(owner=teacher, url=f"https://{PINNED}/hook", events=[Event.JOB_FAILED])
    emit(Event.JOB_FAILED, {}, User.objects.all())
    assert send_all() == ["to be tried again"]
    assert asked == [PINNED, PINNED]
    delivery = Delivery.objects.get()
    assert delivery.error == f"“{PINNED}” has no public address, so it is not called."
    assert delivery.response_status is None


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "localhost"])
def test_what_came_past_the_first_check_is_not_called(
    host: str, receiver: Receiver, teacher: User, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    url, secret = f"http://{host}:{receiver.port}/", seal(new_secret())
    Endpoint.objects.create(owner=teacher, url=url, events=Event.values, sealed_secret=secret)
    emit(Event.JOB_FAILED, {}, User.objects.all())
    assert send_all() == ["to be tried again"]
    assert "no public address" in Delivery.objects.get().error
    assert receiver.connections == 0


@pytest.mark.django_db
def test_the_connection_goes_to_the_address_that_was_checked(
    receiver: Receiver, teacher: User, names: Lookups
) -> None:
    # A name that leads to the receiver once, and from then on somewhere else.
    asked = names(PINNED, ["127.0.0.1"], ["127.0.0.1"], ["10.255.255.1"])
    url = f"http://{PINNED}:{receiver.port}/hook"
    create_endpoint(owner=teacher, url=url, events=[Event.JOB_FAILED])
    emit(Event.JOB_FAILED, {}, User.objects.all())
    assert send_all() == ["delivered"]
    assert asked == [PINNED, PINNED]
    (message,) = receiver.messages
    assert message.headers["host"] == f"{PINNED}:{receiver.port}"


@pytest.mark.django_db
def test_redirects_are_not_followed(receiver: Receiver, teacher: User) -> None:
    create_endpoint(owner=teacher, url=receiver.url, events=[Event.JOB_FAILED])
    receiver.answer = answers(307, b"", f"Location: {receiver.url}/elsewhere")
    emit(Event.JOB_FAILED, {}, User.objects.all())
    assert send_all() == ["to be tried again"]
    assert receiver.connections == 1
    assert "redirects are not followed" in Delivery.objects.get().error


@pytest.mark.django_db
def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, teacher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    create_endpoint(owner=teacher, url=receiver.url, events=[Event.JOB_FAILED])
    emit(Event.JOB_FAILED, {}, User.objects.all())
    assert send_all() == ["delivered"]
