"""Whose session has ended comes back to the page with the button or the form they used."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.api.world import make_world
from tests.factories import PASSWORD, make_superuser
from tests.security.routes import PART, routes

pytestmark = pytest.mark.django_db

# Answers at once, with or without a session.
NO_LOGIN = {"/appearance/", "/language/", "/logout/", "/admin/logout/"}


@pytest.fixture
def chief(db: None) -> Client:
    client = Client()
    client.force_login(make_superuser())
    return client


def log_in(client: Client, answer: Any) -> Any:
    """From the answer to what was sent without a session to the page that the login leads to."""
    login = answer.headers["Location"]
    data = {
        "username": "chief",
        "password": PASSWORD,
        "next": parse_qs(urlsplit(login).query)["next"][0],
    }
    return client.post(login, data, follow=True)


@pytest.mark.slow
def test_every_button_leads_back_to_its_page(chief: Client) -> None:
    names = make_world().names
    found = []
    for path in routes():
        if not path.startswith(("/api/", "/^")) and path not in NO_LOGIN:
            address = _address(path, names)
            if chief.get(address).status_code == 405:
                found.append((path, address))
    assert len(found) >= 6
    missing = []
    for path, address in found:
        client = Client()
        page = log_in(client, client.post(address))
        if path in NOT_THE_CHIEFS:
            assert page.status_code == 404, path
            continue
        assert page.status_code == 200, path
        words = page.content.decode()
        if f'action="{address}"' not in words and path not in HIDDEN:
            missing.append(path)
    assert not missing


# The world's rows are not in the state in which the page shows this button.
HIDDEN = {
    "/admin/health/model/",
    # The course's page leads to a page that says what stands in the way, and has the button.
    "/admin/courses/course/<int:pk>/publish/",
    "/admin/courses/course/<int:pk>/publish-changes/",
    "/admin/courses/course/<int:pk>/unpublish/",
    "/admin/courses/course/<int:pk>/unarchive/",
    "/admin/jobs/job/<uuid:job_id>/retry/",
    "/quizzes/<int:pk>/practice/",
    "/account/email/again/",
    # The cards are those of another person.
    "/practice/cards/<int:pk>/",
    "/practice/cards/<int:pk>/aside/",
}
# Leads to the questions of somebody else's attempt.
NOT_THE_CHIEFS = {"/attempts/<uuid:pk>/answers/"}


def _address(path: str, names: dict[str, object]) -> str:
    """With the world's own row in it, which the word before names."""
    rows = {"quizzes": "quiz", "topics": "topic", "attempts": "attempt", "tokens": "token"}
    words = [word for word in path.split("/") if word in {*rows, "courses", "course", "job"}]
    name = rows.get(words[-1], words[-1]) if words else ""
    return PART.sub(str(names["slug"] if name == "courses" else names.get(name, 1)), path)


@pytest.mark.parametrize("size", [42_000, 3_500_000])
@pytest.mark.parametrize("name", sorted(settings.LONG_BODIES))
def test_a_form_of_any_length_leads_to_the_login_and_back(
    chief: Client, name: str, size: int
) -> None:
    address = reverse(name)
    client = Client()
    file = SimpleUploadedFile("notes.pdf", b"%PDF-1.4\n".ljust(size, b" "))
    answer = client.post(address, {"documents": [file], "files": [file], "file": [file]})
    if address.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"
        return
    page = log_in(client, answer)
    assert (page.status_code, page.request["PATH_INFO"]) == (200, address)
    assert b'type="file"' in page.content
