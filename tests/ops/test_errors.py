"""What people see of an error, what the log has, and what Sentry is sent."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.contrib.auth.views import LoginView
from django.test import Client

from profai.environment import BASE_DIR
from telemetry import shutdown
from telemetry.logs import CONSOLE, LineFormatter
from tests.factories import make_learner
from tests.waiting import LONG

pytestmark = pytest.mark.slow

REFERENCE = re.compile(r"Reference: <code>([0-9a-f]{16})</code>")


def broken(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("told to nobody")


def test_the_page_of_an_error_has_the_reference_of_its_trace(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(LoginView, "dispatch", broken)
    page = Client(raise_request_exception=False).get("/login/")
    assert page.status_code == 500
    assert "told to nobody" not in page.text
    found = REFERENCE.search(page.text)
    assert found
    [record] = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert found[1] in record.getMessage()
    assert record.exc_info
    assert str(record.exc_info[1]) == "told to nobody"


@pytest.mark.django_db
def test_the_api_gives_the_reference_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_learner())
    monkeypatch.setattr("courses.api.views.visible_courses", broken)
    answer = client.get("/api/courses/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["reference"] in answer.json()["detail"]
    assert answer.json()["reference"] in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing%0a<b>/", 404, "This page is not here"),
        ("/admin/health/", 403, "You may not do this"),
    ],
)
def test_other_pages_have_one_too(
    path: str, status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "profai")
    client = Client()
    user = make_learner()
    user.is_staff = True
    user.save()
    client.force_login(user)
    page = client.get(path)
    assert page.status_code == status
    assert words in page.text
    assert "Log out" in page.text
    found = REFERENCE.search(page.text)
    assert found
    [record] = [one for one in caplog.records if found[1] in one.getMessage()]
    assert "\n" not in LineFormatter(CONSOLE).format(record)


def test_a_form_without_its_token() -> None:
    page = Client(enforce_csrf_checks=True).post("/login/", {})
    assert page.status_code == 403
    assert "This form has expired" in page.text
    assert REFERENCE.search(page.text)


class Receiver(BaseHTTPRequestHandler):
    bodies: list[bytes] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.bodies.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing is said."""


@pytest.fixture
def sentry() -> Iterator[str]:
    """The DSN of a server that keeps what it is sent."""
    Receiver.bodies = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://c0ffee@127.0.0.1:{server.server_address[1]}/1"
    server.shutdown()
    thread.join()
    server.server_close()


FAILS = """
import logging, sys
from unittest import mock
import django
django.setup()
from django.contrib.auth.views import LoginView
from django.test import Client
def broken(*_args, **_kwargs):
    quoted = "a sentence of a document"
    raise ValueError(quoted + " by maria@example.org")
with mock.patch.object(LoginView, "dispatch", broken):
    client = Client(raise_request_exception=False, headers={"user-agent": "Maria's browser"})
    page = client.post("/login/?next=a-secret", {"password": "a-password"})
logging.getLogger("jobs").error("Step %s broke", "a sentence", extra={"reference": "job/step"})
logging.getLogger("jobs").warning("a warning")
logging.getLogger("asyncio").error("Never retrieved: exception=ValueError('a sentence')")
logging.getLogger("jobsite").error("Not ours: %s", "a sentence")
print(page.text)
if "sentry_sdk" in sys.modules:
    import sentry_sdk
    sentry_sdk.flush(5)
else:
    print("not loaded")
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "profai.settings.test"}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=BASE_DIR,
        env=os.environ | settings | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def run_failing(**environment: str) -> str:
    done = run(FAILS, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def events() -> list[dict[str, Any]]:
    lines = [line for body in Receiver.bodies for line in body.splitlines()]
    found = [json.loads(line) for line in lines]
    return [one for one in found if "level" in one]


def test_sentry_is_told_where_it_broke_and_nothing_of_people_or_documents(sentry: str) -> None:
    found = REFERENCE.search(run_failing(SENTRY_DSN=sentry))
    assert found
    request, step, loop, neighbour = events()
    assert request["tags"] == {"reference": found[1]}
    [error] = request["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "broken"
    assert step["logentry"] == {"message": "Step %s broke"}
    assert step["tags"] == {"reference": "job/step"}
    assert loop["logentry"] == {"message": "asyncio"}
    assert neighbour["logentry"] == {"message": "jobsite"}
    text = b"".join(Receiver.bodies).decode()
    for word in ("sentence", "maria", "Maria", "a-secret", "a-password", "a warning", "/login"):
        assert word not in text, word


def test_without_an_address_sentry_is_not_even_loaded() -> None:
    assert run_failing(SENTRY_DSN="").endswith("not loaded\n")


# Both end before a thread of the library's would have sent anything.
ENDS_AT_ONCE = """
import logging, os
import django
django.setup()
from telemetry.shutdown import flush_all
logging.getLogger("jobs").error("The last step broke")
flush_all(5)
os._exit(0)
"""
ENDS_BY_AN_ERROR = """
import django
django.setup()
from telemetry.logs import serve
serve()
raise ValueError("a sentence of a document")
"""


@pytest.mark.parametrize(
    ("program", "words"),
    [(ENDS_AT_ONCE, "The last step broke"), (ENDS_BY_AN_ERROR, "The process ends by an error")],
)
def test_sentry_hears_the_last_words_of_a_process(sentry: str, program: str, words: str) -> None:
    run(program, SENTRY_DSN=sentry)
    [told] = events()
    assert told["logentry"] == {"message": words}


def test_last_words_wait_for_nobody_who_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    answers = threading.Event()
    request.addfinalizer(answers.set)
    said: list[str] = []
    monkeypatch.setattr(shutdown, "stop_tracing", lambda _seconds: answers.wait(2 * LONG))
    monkeypatch.setattr(shutdown, "_send_errors", lambda _seconds: said.append("errors"))
    started = time.monotonic()
    shutdown.flush_all(0.3)
    assert time.monotonic() - started < LONG
    assert said == ["errors"]
