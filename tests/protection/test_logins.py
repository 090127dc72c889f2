"""Failed logins: what is counted, who is locked out, how it ends."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.settings import api_settings

from accounts.cleanup import old_failures
from accounts.models import AuditEntry
from tests.factories import PASSWORD, make_learner, make_superuser

pytestmark = pytest.mark.django_db
HERE, THERE = "203.0.113.5", "198.51.100.7"
Attempt = Callable[..., Any]


def on_page(name: str, password: str, *, address: str = HERE, client: Any = None) -> Any:
    data = {"username": name, "password": password}
    return (client or Client()).post("/login/", data, REMOTE_ADDR=address)


def in_admin(name: str, password: str, *, address: str = HERE, client: Any = None) -> Any:
    data = {"username": name, "password": password}
    return (client or Client()).post("/admin/login/", data, REMOTE_ADDR=address)


def by_api(name: str, password: str, *, address: str = HERE, client: Any = None) -> Any:
    data = json.dumps({"username": name, "password": password})
    client = client or Client()
    return client.post("/api/token/", data, "application/json", REMOTE_ADDR=address)


WAYS = pytest.mark.parametrize("way", [on_page, in_admin, by_api])


def fail(way: Attempt, times: int, name: str = "chief", **more: Any) -> Any:
    answers = [way(name, "wrong", **more) for _ in range(times)]
    return answers[-1]


def age_failures(by: timedelta) -> None:
    for row in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=row.attempt_time - by)


def entered(answer: HttpResponse) -> bool:
    return answer.status_code in {200, 302} and b"Please enter" not in answer.content


@WAYS
def test_five_failures_lock_the_account_at_this_address(way: Attempt) -> None:
    make_superuser()
    assert fail(way, 4).status_code != 429
    locked = fail(way, 1)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 900
    right = way("chief", PASSWORD)
    assert right.status_code == 429
    assert "Try again in 15 minutes." in right.content.decode()


@WAYS
def test_the_lock_ends_by_itself_and_trying_does_not_make_it_longer(way: Attempt) -> None:
    make_superuser()
    fail(way, 5)
    before = AccessAttempt.objects.get()
    fail(way, 3)
    after = AccessAttempt.objects.get()
    assert (after.failures_since_start, after.attempt_time) == (5, before.attempt_time)
    age_failures(timedelta(minutes=15))
    assert entered(way("chief", PASSWORD))


def test_the_ways_in_count_together() -> None:
    make_superuser()
    fail(on_page, 2)
    fail(by_api, 2)
    assert fail(in_admin, 1).status_code == 429


def test_the_api_says_it_in_its_own_words() -> None:
    make_learner()
    answer = fail(by_api, 5, "learner")
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["status"], body["code"]) == (429, "locked_out")
    assert "Try again in 15 minutes" in body["detail"]


@WAYS
def test_somebody_elsewhere_is_not_locked_out(way: Attempt) -> None:
    make_superuser()
    fail(way, 5)
    assert entered(way("chief", PASSWORD, address=THERE))


def test_others_behind_the_same_address_are_not_locked_out() -> None:
    make_superuser()
    make_learner()
    fail(on_page, 5)
    assert entered(on_page("learner", PASSWORD))


def test_one_address_cannot_try_every_account(settings: Settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 8
    make_learner()
    for number in range(8):
        on_page(f"guess {number}", "wrong")
    locked = on_page("learner", PASSWORD)
    assert locked.status_code == 429
    assert entered(on_page("learner", PASSWORD, address=THERE))
    age_failures(timedelta(minutes=15))
    assert entered(on_page("learner", PASSWORD))


def test_a_browser_that_is_known_is_let_in_while_strangers_are_locked_out(
    settings: Settings,
) -> None:
    """Behind one address: neither the account's lock nor the address's is anything to it."""
    settings.LOGIN_FAILURES_PER_ADDRESS = 8
    make_learner()
    own = Client()
    on_page("learner", PASSWORD, client=own)
    own.post("/logout/")
    fail(on_page, 8, "learner")
    fail(on_page, 8, "another")
    assert on_page("learner", PASSWORD).status_code == 429
    assert entered(on_page("learner", PASSWORD, client=own))


def test_a_known_browser_has_a_limit_of_its_own_wherever_it_is() -> None:
    make_learner()
    own = Client()
    on_page("learner", PASSWORD, client=own)
    own.post("/logout/")
    fail(on_page, 4, "learner", client=own)
    assert fail(on_page, 1, "learner", client=own, address=THERE).status_code == 429


def test_a_forged_mark_makes_no_known_browser(settings: Settings) -> None:
    make_learner()
    forged = Client()
    forged.cookies[settings.DEVICE_COOKIE_NAME] = "eyJpZCI6ICJ4In0:1uSNcJ:forged"
    fail(on_page, 5, "learner")
    assert on_page("learner", PASSWORD, client=forged).status_code == 429


def test_a_success_forgets_the_failures() -> None:
    make_learner()
    fail(on_page, 4, "learner")
    assert entered(on_page("learner", PASSWORD))
    assert fail(on_page, 4, "learner").status_code == 200


def test_what_strangers_say_about_their_address_counts_nothing() -> None:
    make_learner()
    for number in range(5):
        data = {"username": "learner", "password": "wrong"}
        answer = Client().post(
            "/login/", data, REMOTE_ADDR=HERE, headers={"X-Forwarded-For": f"192.0.2.{number}"}
        )
    assert answer.status_code == 429


@pytest.mark.parametrize(
    "name", ["", "a\0b", "x" * 100_000, "\U0001f600" * 400, "admin\u202e", "\ud800"]
)
def test_odd_names_are_refused_like_any_other(name: str) -> None:
    for answer in (on_page(name, "wrong") if name != "\ud800" else None, by_api(name, "wrong")):
        assert answer is None or answer.status_code in {200, 400}


def test_look_alikes_are_one_name_and_letters_of_another_script_are_not() -> None:
    make_learner("admin")
    for name in ("admin", "\uff41dmin", "Admin", "ADMIN", "ad\uff4din"):
        answer = on_page(name, "wrong")
    assert answer.status_code == 429
    assert on_page("\u0430dmin", "wrong").status_code == 200


def test_nobody_learns_which_accounts_there_are() -> None:
    """The same words, the same status, as many hashes; locks come alike."""
    make_learner("learner")
    for way in (on_page, by_api):
        answers = []
        for name in ("learner", "nobody"):
            with patch.object(
                MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
            ) as hashed:
                answer = way(name, "wrong")
            body = re.sub(r'value="[^"]*"', "", answer.content.decode())
            answers.append((answer.status_code, body, hashed.call_count))
        assert answers[0] == answers[1]
        assert answers[0][2] == 1
    assert fail(on_page, 3, "learner").status_code == fail(on_page, 3, "nobody").status_code == 429


def test_what_was_typed_is_not_kept() -> None:
    on_page("somebody", "hunter2-secret")
    Client().post("/login/?next=/hunter2-secret", {"username": "somebody", "password": "x"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM axes_accessattempt t")
        assert "hunter2" not in str(cursor.fetchall())


def test_a_password_typed_as_a_name_is_not_in_the_audit_log() -> None:
    on_page("my secret password", "wrong")
    entry = AuditEntry.objects.get(action="failed login")
    assert "secret" not in json.dumps([str(value) for value in vars(entry).values()])


@WAYS
def test_a_right_password_counts_as_no_failure(way: Attempt) -> None:
    """Not even where its account may not go: learners have no way into the admin."""
    make_learner()
    for _ in range(6):
        assert way("learner", PASSWORD).status_code in {200, 302}
    assert not AccessAttempt.objects.exists()


ELSEWHERE = [
    {"origin": "https://evil.example"},
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    # A page can hide which one it is.
    {"origin": "null"},
    {"origin": "https://testserver.evil.example"},
    # Another port, and the same name without TLS.
    {"origin": "http://testserver:8080"},
    {"origin": "https://testserver"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]
BODIES = [
    ("username=learner&password=wrong", "application/x-www-form-urlencoded"),
    ('{"username": "learner", "password": "wrong"}', "application/json"),
    ('{"username": "learner", "password": "wrong", "x": "="}', "text/plain"),
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_page_of_another_site_locks_nobody_out(headers: dict[str, str]) -> None:
    """By the browsers of its visitors, which need no token at this one address."""
    make_learner()
    for body, kind in BODIES * 6:
        answer = Client().generic(
            "POST", "/api/token/", body, kind, REMOTE_ADDR=HERE, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert not AccessAttempt.objects.exists()
    # Nor are the requests counted by which programs behind the address are slowed down.
    assert entered(by_api("learner", PASSWORD))
    assert entered(on_page("learner", PASSWORD))


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://testserver", "sec-fetch-site": "same-origin"}],
)
def test_programs_and_pages_of_ours_get_a_token(headers: dict[str, str]) -> None:
    make_learner()
    data = {"username": "learner", "password": PASSWORD}
    for kind in ("application/x-www-form-urlencoded", "application/json"):
        body = json.dumps(data) if kind.endswith("json") else urlencode(data)
        answer = Client().generic("POST", "/api/token/", body, kind, headers=headers)
        assert answer.status_code == 200


def test_json_that_calls_itself_plain_text_is_not_read() -> None:
    body = '{"username": "learner", "password": "wrong"}'
    answer = Client().post("/api/token/", body, "text/plain")
    assert answer.status_code == 415
    assert not AccessAttempt.objects.exists()


def test_staff_unlock_an_account() -> None:
    make_learner()
    fail(on_page, 5, "learner")
    chief = Client()
    chief.force_login(make_superuser())
    page = chief.get("/admin/axes/accessattempt/")
    assert "learner" in page.content.decode()
    assert "Failed logins" in page.content.decode()
    row = AccessAttempt.objects.get()
    done = chief.post(
        "/admin/axes/accessattempt/",
        {"action": "unlock", "_selected_action": [row.pk]},
        follow=True,
    )
    assert "deleted: learner" in done.content.decode()
    assert entered(on_page("learner", PASSWORD))
    assert AuditEntry.objects.filter(actor="chief", object_type="axes.accessattempt").exists()


def test_the_admin_says_who_is_locked_out_by_the_limit_of_an_address(settings: Settings) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 3
    for number in range(3):
        on_page(f"guess {number}", "wrong")
    on_page("elsewhere", "wrong", address=THERE)
    chief = Client()
    chief.force_login(make_superuser())
    page = chief.get("/admin/axes/accessattempt/").content.decode()
    assert (page.count("icon-yes"), page.count("icon-no")) == (3, 1)


@pytest.mark.parametrize(
    ("who", "name", "address"),
    [
        ("learner", "learner", HERE),
        ("Alice", "Alice", HERE),
        ("aLICE", "Alice", HERE),
        (HERE, "learner", HERE),
        ("2001:db8:1:2:3::9", "learner", "2001:db8:1:2:3::9"),
        ("2001:0DB8:1:2:ffff::1", "learner", "2001:db8:1:2:3::9"),
        (f"::ffff:{HERE}", "learner", HERE),
    ],
)
def test_the_operator_unlocks_from_the_shell(who: str, name: str, address: str) -> None:
    make_learner(name)
    fail(on_page, 5, name, address=address)
    fail(on_page, 1, "another", address=THERE)
    out = StringIO()
    call_command("unlock", who, stdout=out)
    assert out.getvalue().strip() == f"1 row was deleted: {name.lower()}."
    assert entered(on_page(name, PASSWORD, address=address))
    assert AccessAttempt.objects.get().username == "another"
    assert AuditEntry.objects.get(action="unlock").object_name == name.lower()


def test_a_name_that_no_account_has_is_not_told() -> None:
    """It may be a password that was typed into the wrong field."""
    fail(on_page, 5, "hunter2")
    out = StringIO()
    call_command("unlock", HERE, stdout=out)
    assert out.getvalue().strip() == "1 row was deleted: an unknown account."
    assert AuditEntry.objects.get(action="unlock").object_name == "an unknown account"


@pytest.mark.parametrize("who", ["nobody", "192.0.2.1", "a\0b", ""])
def test_the_operator_is_told_if_that_was_not_it(who: str) -> None:
    fail(on_page, 5, "learner")
    with pytest.raises(CommandError, match="There are no failed logins of"):
        call_command("unlock", who)
    assert AccessAttempt.objects.exists()


def test_rows_that_lock_nobody_are_cleaned_up() -> None:
    fail(on_page, 1)
    assert not old_failures().exists()
    age_failures(timedelta(minutes=16))
    assert old_failures().count() == 1


def test_the_daily_clean_up_forgets_old_failures_and_keeps_locks(chroma: int) -> None:
    make_learner()
    fail(on_page, 5, "chief")
    age_failures(timedelta(minutes=16))
    fail(on_page, 5, "learner")
    call_command("cleanup", "--apply", verbosity=0)
    assert [row.username for row in AccessAttempt.objects.all()] == ["learner"]
    assert not entered(on_page("learner", PASSWORD))


def test_the_lock_page_is_a_page_of_ours() -> None:
    make_learner()
    page = fail(on_page, 5, "learner").content.decode()
    assert "too many failed logins" in page
    assert 'href="/login/"' in page


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """What each of them gave; none begins before all are there."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def looked_at() -> Iterator[list[str]]:
    """The passwords that were hashed, which takes a while as it does with a real hash."""
    seen, encode = [], MD5PasswordHasher.encode

    def slow(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        time.sleep(0.3)
        return encode(self, password, salt)

    with patch.object(MD5PasswordHasher, "encode", slow):
        yield seen


@pytest.mark.django_db(transaction=True)
def test_failures_that_come_at_once_are_all_counted() -> None:
    make_learner()
    at_once([lambda: on_page("learner", "wrong")] * 4)
    assert AccessAttempt.objects.get().failures_since_start == 4
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_guesses_that_come_at_once_five_are_looked_at(looked_at: list[str]) -> None:
    make_learner()
    looked_at.clear()
    ways = [on_page, in_admin, by_api] * 4
    answers = at_once([partial(way, "learner", "wrong") for way in ways])
    assert looked_at == ["wrong"] * 5
    assert len([answer for answer in answers if answer.status_code == 429]) >= 8
    assert AccessAttempt.objects.get().failures_since_start == 5
    assert AuditEntry.objects.filter(action="failed login").count() == 5
    assert AuditEntry.objects.filter(action="lock-out").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_guesses_at_many_accounts_at_once_an_address_has_its_limit(
    settings: Settings, looked_at: list[str]
) -> None:
    settings.LOGIN_FAILURES_PER_ADDRESS = 4
    at_once([partial(on_page, f"guess {number}", "wrong") for number in range(10)])
    assert looked_at == ["wrong"] * 4


@pytest.mark.django_db(transaction=True)
def test_a_known_browser_at_many_addresses_at_once_has_its_limit(
    settings: Settings, looked_at: list[str]
) -> None:
    make_learner()
    own = Client()
    on_page("learner", PASSWORD, client=own)
    looked_at.clear()

    def guess(number: int) -> None:
        client = Client()
        client.cookies[settings.DEVICE_COOKIE_NAME] = own.cookies[settings.DEVICE_COOKIE_NAME].value
        on_page("learner", "wrong", client=client, address=f"203.0.113.{number}")

    at_once([partial(guess, number) for number in range(10)])
    assert looked_at == ["wrong"] * 5


@pytest.mark.django_db(transaction=True)
def test_people_who_log_in_at_once_are_all_let_in() -> None:
    """Behind one address, which a whole class is."""
    names = [make_learner(f"learner {number}").username for number in range(8)]
    answers = at_once([partial(on_page, name, PASSWORD) for name in names])
    assert [answer.status_code for answer in answers] == [302] * 8
    assert not AccessAttempt.objects.exists()


def test_a_gateway_that_tells_ports_makes_nobody_share_a_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Azure's tells another port with each connection; all came from one address before."""
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    make_superuser()

    def from_port(password: str, client: str, port: int) -> Any:
        data = {"username": "chief", "password": password}
        told = {"X-Forwarded-For": f"{client}:{port}"}
        return Client().post("/login/", data, REMOTE_ADDR="10.0.0.1", headers=told)

    for port in range(50001, 50006):
        from_port("wrong", HERE, port)
    assert not entered(from_port(PASSWORD, HERE, 50006))
    assert entered(from_port(PASSWORD, THERE, 50007))
