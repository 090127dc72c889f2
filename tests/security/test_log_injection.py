"""What people send stands in the log on the line of its own event, and forges no other."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.world import World, client

FORGED = "x\r\n2026-01-01 INFO accounts: chief logged in\x1b[2J\x07\u2028"
SENT = "x%0d%0a2026-01-01%20INFO%20accounts:%20chief%20logged%20in%1b%5b2J%07%e2%80%a8"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Messages as they are written; a trace, which has lines of its own, is not among them."""
    return [record.getMessage() for record in caplog.records]


def test_no_request_writes_a_line_of_its_own(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("django.db.backends", "django.template"):
        logging.getLogger(name).setLevel(logging.WARNING)
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    api = client(User.objects.get(username="teacher"))
    browser.get(f"/nothing/{SENT}/")
    browser.get(f"/api/nothing/{SENT}")
    browser.post(f"/login/?next={SENT}", {"username": FORGED, "password": FORGED})
    browser.get("/login/", headers={"host": FORGED})
    browser.post("/login/", headers={"referer": FORGED, "origin": FORGED, "user-agent": FORGED})
    browser.generic("A" + FORGED.replace("\r\n", "\n"), "/login/")
    api.post("/api/token/", {"username": FORGED, "password": FORGED}, format="json")
    api.get("/api/courses/", headers={"authorization": f"Bearer {FORGED[:-1]}"})
    api.patch(
        f"/api/courses/{world.course.slug}/", {"title": FORGED}, format="json",
        headers={"if-match": "*"},
    )  # fmt: skip
    files = [SimpleUploadedFile(FORGED, b"no PDF")]
    api.post("/api/courses/", {"files": files, "title": FORGED})
    written = lines(caplog)
    assert len(written) > 4
    for line in written:
        assert not set(line) & set("\r\n\x1b\x07\u2028"), repr(line)


def test_an_error_of_ours_keeps_the_path_on_its_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, world: World
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("courses.views.visible_courses", broken)
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.get(username="teacher"))
    assert browser.get(f"/courses/{world.course.slug}/search/?q={SENT}").status_code == 500
    (line,) = [one for one in lines(caplog) if "broke" in one]
    assert not set(line) & set("\r\n\x1b\x07\u2028")
