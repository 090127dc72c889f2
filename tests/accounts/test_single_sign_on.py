"""Single sign-on against a provider over HTTP, on a web server that has it switched on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from html import unescape

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import AuditEntry
from accounts.services import make_token
from profai.environment import BASE_DIR
from profai.local.supervisor import web_command
from tests.accounts.oidc_provider import CLIENT, SECRET, Provider, running_provider
from tests.browser import NewPage, chromium, new_page
from tests.factories import make_course, make_learner
from tests.ports import free_port
from tests.processes import answers_on, database_url, end_group
from tests.study.pages import open_menu
from tests.waiting import LONG

__all__ = ["chromium", "new_page"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

APPS = ("account", "socialaccount", "single_sign_on")
PASSWORD = "a-long-enough-password-1"  # noqa: S105 - of a test
ANNA = {
    "sub": "anna-1",
    "email": "anna@school.example",
    "email_verified": True,
    "preferred_username": "anna",
    "given_name": "Anna",
    "family_name": "Rao",
}


@dataclass
class Site:
    address: str
    provider: Provider


def environment(provider: Provider, **values: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Hill School",
        **values,
    }


@pytest.fixture(scope="module")
def tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Those of the library, which only these tests have."""
    with django_db_blocker.unblock(), running_provider() as provider:
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=BASE_DIR, env=environment(provider), check=True)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            if name.startswith(("account_", "socialaccount_")):
                cursor.execute(f'DROP TABLE "{name}" CASCADE')
        cursor.execute("DELETE FROM django_migrations WHERE app = ANY(%s)", [list(APPS)])


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


def served(provider: Provider, **values: str) -> Generator[Site]:
    port = free_port()
    server = subprocess.Popen(
        web_command(port),
        cwd=BASE_DIR,
        env=environment(provider, **values),
        start_new_session=True,
    )
    try:
        assert answers_on(port, server)
        yield Site(f"http://127.0.0.1:{port}", provider)
    finally:
        end_group(server)


@pytest.fixture(scope="module")
def open_site(
    tables: None, provider: Provider, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """Links by e-mail and makes new accounts."""
    with django_db_blocker.unblock():
        yield from served(
            provider,
            OIDC_NEW_ACCOUNTS="true",
            OIDC_LINK_BY_EMAIL="true",
            EMAIL_URL="smtp://127.0.0.1:9",
        )


@pytest.fixture(scope="module")
def closed_site(
    tables: None, provider: Provider, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """By the defaults: neither."""
    with django_db_blocker.unblock():
        yield from served(provider)


@pytest.fixture(autouse=True)
def person(provider: Provider) -> None:
    provider.person, provider.fault = dict(ANNA), ""
    provider.ended.clear()


def browser(site: Site) -> httpx.Client:
    return httpx.Client(base_url=site.address, follow_redirects=True, timeout=LONG)


def sign_on(client: httpx.Client, page: str = "", link: str = "yes") -> httpx.Response:
    """From our login page to the provider's and back, as a person goes."""
    there = client.get(f"/login/school/{page and f'?next={page}'}")
    found = re.search(rf'id="{link}" href="([^"]+)"', there.text)
    assert found, there.text
    return client.get(unescape(found[1]))


def entries() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "detail"))


def links() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT username, uid FROM socialaccount_socialaccount a JOIN auth_user u"
                       " ON u.id = a.user_id ORDER BY a.id")  # fmt: skip
        return [(str(name), str(uid)) for name, uid in cursor.fetchall()]


def test_a_new_learner_comes_in_goes_and_comes_again(open_site: Site) -> None:
    make_course()
    with browser(open_site) as client:
        page = sign_on(client, "/practice/")
        assert page.url.path == "/practice/"
        user = User.objects.get()
        assert (user.username, user.get_full_name(), user.email) == (
            "anna", "Anna Rao", "anna@school.example"
        )  # fmt: skip
        assert not user.is_staff
        assert not user.is_superuser
        assert not user.has_usable_password()
        assert not user.groups.exists()
        assert client.get("/admin/").url.path == "/admin/login/"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        out = client.post("/logout/", data={"csrfmiddlewaretoken": token[1]})
        assert out.url.path == "/login/"
        assert client.get("/account/").url.path == "/login/"
        assert sign_on(client).url.path == "/"
    assert links() == [("anna", "anna-1")]
    assert [entry[:2] for entry in entries()] == [
        ("sign up", "anna"), ("login", "anna"), ("logout", "anna"), ("login", "anna")
    ]  # fmt: skip


def test_nothing_of_what_the_provider_says_is_kept_but_who_it_is(open_site: Site) -> None:
    open_site.provider.person["picture"] = "https://school.example/anna.jpg"
    with browser(open_site) as client:
        sign_on(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extra_data::text FROM socialaccount_socialaccount")
        assert cursor.fetchall() == [("{}",)]
        cursor.execute("SELECT count(*) FROM socialaccount_socialtoken")
        assert cursor.fetchall() == [(0,)]


def test_a_name_that_is_taken_is_not_shared(open_site: Site) -> None:
    make_learner("ANNA")
    with browser(open_site) as client:
        assert sign_on(client).url.path == "/"
    assert User.objects.count() == 2
    assert links()[0][0].casefold() != "anna"


def test_an_account_is_linked_by_its_address_and_keeps_its_password(open_site: Site) -> None:
    user = User.objects.create_user("old name", "Anna@School.example", PASSWORD)
    token = make_token(user=user, name="mine", scopes=["courses:read"], days=1)
    with browser(open_site) as client:
        assert sign_on(client).url.path == "/"
    # From now on by who it is, whatever the address becomes.
    open_site.provider.person["email"] = "rao@school.example"
    with browser(open_site) as client:
        assert sign_on(client).url.path == "/"
    assert links() == [("old name", "anna-1")]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    token.token.refresh_from_db()
    assert token.token.revoked_at is None
    assert [entry[0] for entry in entries() if entry[0] != "add"][:2] == ["link", "login"]


@pytest.mark.parametrize(
    "email",
    [{"email_verified": False}, {"email_verified": None}, {"email": "no address"}],
)
def test_an_address_that_nobody_vouches_for_links_nothing(
    open_site: Site, email: dict[str, object]
) -> None:
    User.objects.create_user("old name", "anna@school.example", PASSWORD)
    open_site.provider.person |= email
    with browser(open_site) as client:
        assert sign_on(client).url.path == "/"
    assert links() == [("anna", "anna-1")]
    assert User.objects.get(username="anna").email == ""


@pytest.mark.parametrize("who", ["administrator", "two", "not allowed"])
def test_an_account_that_may_not_be_linked_is_refused_with_words(
    open_site: Site, closed_site: Site, who: str
) -> None:
    first = User.objects.create_user("old name", "anna@school.example", PASSWORD)
    if who == "administrator":
        User.objects.filter(pk=first.pk).update(is_superuser=True)
    if who == "two":
        User.objects.create_user("twin", "anna@school.example", PASSWORD)
    with browser(closed_site if who == "not allowed" else open_site) as client:
        page = sign_on(client)
        assert page.status_code == 403
        assert "There is an account with the address anna@school.example already" in page.text
        assert client.get("/account/").url.path == "/login/"
    assert links() == []
    assert entries() == [("failed login", "", "The address is another account's.")]


def test_without_the_setting_nobody_new_comes_in(closed_site: Site) -> None:
    with browser(closed_site) as client:
        page = sign_on(client)
        assert page.status_code == 403
        assert "No account here belongs to your login at Hill School" in page.text
    assert not User.objects.exists()
    assert entries() == [("failed login", "", "No account belongs to this login.")]


def test_an_account_that_is_not_active_stays_out(open_site: Site) -> None:
    with browser(open_site) as client:
        sign_on(client)
    User.objects.update(is_active=False)
    with browser(open_site) as client:
        page = sign_on(client)
        assert page.status_code == 403
        assert "Your account here is not active" in page.text
        assert client.get("/account/").url.path == "/login/"


@pytest.mark.parametrize(
    "fault",
    ["nonce", "issuer", "expired", "audience", "signature", "key", "person", "no token"],
)
def test_an_answer_that_is_not_valid_lets_nobody_in(open_site: Site, fault: str) -> None:
    open_site.provider.fault = fault
    with browser(open_site) as client:
        page = sign_on(client)
        assert page.status_code == 400
        assert "The answer of Hill School was not valid, so nobody was logged in" in page.text
        assert client.get("/account/").url.path == "/login/"
    assert not User.objects.exists()
    assert [entry[0] for entry in entries()] == ["failed login"]
    assert entries()[0][2]


def test_an_answer_counts_once_and_in_the_browser_that_asked(open_site: Site) -> None:
    with browser(open_site) as client, browser(open_site) as other:
        there = client.get("/login/school/")
        found = re.search(r'id="yes" href="([^"]+)"', there.text)
        assert found
        back = unescape(found[1])
        assert other.get(back).status_code == 400
        assert client.get(back).status_code == 200
        assert client.get(back).status_code == 400
        assert client.get("/login/school/callback/?code=x&state=y").status_code == 400


def test_who_cancels_is_told_so(open_site: Site) -> None:
    with browser(open_site) as client:
        page = sign_on(client, link="no")
        assert page.status_code == 403
        assert "You cancelled the login at Hill School" in page.text


def test_a_document_of_another_issuer_is_not_followed(open_site: Site) -> None:
    open_site.provider.fault = "document"
    with browser(open_site) as client:
        assert client.get("/login/school/").status_code == 503
    assert "another issuer" in entries()[0][2]


def test_a_page_that_is_not_ours_is_not_led_to(open_site: Site) -> None:
    with browser(open_site) as client:
        assert sign_on(client, "https://elsewhere.example/").url.path == "/"


def test_failed_passwords_lock_no_single_sign_on(open_site: Site) -> None:
    user = User.objects.create_user("old name", "anna@school.example", PASSWORD)
    with browser(open_site) as client:
        for _ in range(6):
            page = client.get("/login/")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token
            form = {"username": user.username, "password": "wrong", "csrfmiddlewaretoken": token[1]}
            last = client.post("/login/", data=form)
        assert last.status_code == 429
        assert sign_on(client).url.path == "/"


def test_an_account_is_deleted_with_its_link_though_it_is_switched_off(open_site: Site) -> None:
    with browser(open_site) as client:
        sign_on(client)
    # This process does not know the tables: it runs as ProfAI does without single sign-on.
    User.objects.get().delete()
    assert links() == []


def test_the_provider_is_away(tables: None) -> None:
    with running_provider() as provider:
        begun = served(provider, OIDC_NEW_ACCOUNTS="true")
        site = next(begun)
        provider.person = dict(ANNA)
        with browser(site) as client:
            there = client.get("/login/school/")
            found = re.search(r'id="yes" href="([^"]+)"', there.text)
            assert found
    try:
        with browser(site) as client:
            for path in ("/login/school/", "/login/school/end/"):
                page = client.get(path)
                assert page.status_code == 503
                assert "Hill School cannot be reached at the moment" in page.text
            assert "Log in with Hill School" in client.get("/login/").text
    finally:
        begun.close()


@pytest.mark.browser
@pytest.mark.slow
def test_in_a_browser_on_a_phone(open_site: Site, new_page: NewPage) -> None:
    make_course()
    page = new_page(base_url=open_site.address, viewport={"width": 390, "height": 844})
    page.goto("/practice/")
    page.get_by_role("link", name="Log in with Hill School").click()
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/practice/")
    open_menu(page)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")
    page.get_by_role("link", name="log out of Hill School").click()
    page.get_by_role("heading", name="Logged out of the school").wait_for()
    [ended] = open_site.provider.ended
    assert ended["client_id"] == CLIENT
    assert ended["post_logout_redirect_uri"] == f"{open_site.address}/login/"


def test_off_costs_nothing(client: Client) -> None:
    page = client.get("/login/")
    assert "school/" not in page.content.decode()
    assert client.get("/login/school/").status_code == 404
    code = "import django; django.setup(); import sys; print('allauth' in sys.modules)"
    values = {**os.environ, "DJANGO_SETTINGS_MODULE": "profai.settings.test", "OIDC_ISSUER": ""}
    code += "; import profai.urls; print(any(n.startswith('allauth') for n in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR, env=values, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["False", "False"]
