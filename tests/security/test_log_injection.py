"""What people send stands in the log on the line of its own event, and forges no other."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from telemetry.logs import FORMATS, LineFormatter
from tests.api.world import World, client

FORGED = "x\r\n2026-01-01 INFO accounts: chief logged in\x1b[2J\x07\u2028"
SENT = "x%0d%0a2026-01-01%20INFO%20accounts:%20chief%20logged%20in%1b%5b2J%07%e2%80%a8"


TRICKS = set("\r\x1b\x07\u2028")


def lines(caplog: pytest.LogCaptureFixture, line_format: str) -> list[str]:
    """What is written of each event, one string each, by the formatter of all our logs."""
    formatter = LineFormatter(line_format)
    return [formatter.format(record) for record in caplog.records]


def check(written: list[str]) -> None:
    """An event has one line; a trace for people has more, which are indented, and below it."""
    for text in written:
        first, *rest = text.split("\n")
        assert not set(text) & TRICKS, repr(text)
        assert "logged in" in first or "logged in" not in text, repr(text)
        assert all(line.startswith("    ") for line in rest), repr(text)


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
    for line_format in FORMATS:
        written = lines(caplog, line_format)
        assert len(written) > 4
        check(written)


@pytest.mark.parametrize("line_format", FORMATS)
def test_an_error_of_ours_keeps_the_path_on_its_line(
    line_format: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("profai.api._answer", broken)
    assert Client(raise_request_exception=False).get(f"/api/{SENT}/").status_code == 500
    (line,) = [one for one in lines(caplog, line_format) if " broke" in one]
    assert "GET /api/x" in line
    assert "chief logged in" in line
    check([line])
