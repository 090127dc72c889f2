"""Nobody makes the server call where they like: providers by the operator only, webhooks to
public addresses only. Forms of addresses and rebinding: tests/webhooks/test_addresses.py."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from engine.llm.transport import http_client
from tests.api.world import World, client
from tests.factories import make_learner
from tests.waiting import LONG
from webhooks.models import Endpoint

INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://0.0.0.0/", "https://[::1]/",
    "https://[::]/", "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/",
    "https://[fd00:ec2::254]/", "https://[::ffff:169.254.169.254]/", "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/", "https://[::127.0.0.1]/",
    "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/",
    "https://0x7f.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://168.63.129.16/", "https://\uff11\uff12\uff17.0.0.1/",
    "https://\u2460\u2461\u2466.0.0.1/", "https://metadata.google.internal/",
    "https://kubernetes.default.svc/", "https://1.1.1.1:22/", "https://1.1.1.1:8000/",
    "https://a@1.1.1.1/", "https://1.1.1.1@127.0.0.1/", "http://1.1.1.1/", "ftp://1.1.1.1/",
    "file:///etc/passwd", "gopher://1.1.1.1/", "//1.1.1.1/", "https:///x", "https://1.1.1.1\\@a/",
    "https://1.1.1.1\r\nHost: x/", "https://[::1%25lo]/", "https://[::1", "https://",
]  # fmt: skip


@pytest.fixture
def api(world: World, settings: Settings) -> APIClient:
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["webhook"] = None
    assert world.course.pk
    return client(User.objects.get(username="teacher"))


def test_webhooks_lead_to_no_address_of_ours(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rest_framework.throttling.ScopedRateThrottle.allow_request", allow)
    mine = Endpoint.objects.get()
    for address in INSIDE:
        made = api.post("/api/webhooks/", {"url": address, "events": ["job.failed"]}, format="json")
        assert made.status_code == 400, address
        assert "url" in made.json()["fields"] or "url" in str(made.json()), address
        changed = api.patch(
            f"/api/webhooks/{mine.pk}/", {"url": address}, format="json", headers={"if-match": "*"}
        )
        assert changed.status_code == 400, address
    mine.refresh_from_db()
    assert (Endpoint.objects.count(), mine.url) == (1, "https://1.1.1.1/hook")


def allow(*_args: object, **_kwargs: object) -> bool:
    return True


@pytest.mark.django_db
def test_webhooks_are_for_those_who_may_have_them() -> None:
    api = client(make_learner())
    body = {"url": "https://1.1.1.1/", "events": ["job.failed"]}
    assert api.post("/api/webhooks/", body, format="json").status_code == 403
    assert not Endpoint.objects.exists()


def test_addresses_are_taken_in_known_places_only() -> None:
    """Of providers none is stored: they stand in the operator's environment."""
    ours = ("accounts", "courses", "jobs", "quizzes", "webhooks")
    fields = [
        f"{model._meta.label}.{field.name}"
        for app in ours
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.URLField)
        or field.name in ("address", "addresses")
        or "url" in field.name
        or "host" in field.name
    ]
    # What the audit log has is where somebody came from.
    fields.remove("accounts.AuditEntry.address")
    known = ["courses.SourceDocument.address", "jobs.Cluster.host", "webhooks.Endpoint.url"]
    assert fields == known
    assert not any("cluster" in m._meta.label_lower for m in admin.site._registry)


class Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody on, and notes who came with what."""

    def do_POST(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization")))  # type: ignore[attr-defined] # ours
        self.send_response(307)
        self.send_header("Location", "/latest/meta-data/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    server.seen = []  # type: ignore[attr-defined] # ours
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def ask(port: int) -> int:
    async with http_client(connections=1) as provider:
        headers = {"Authorization": "Bearer sk-x"}
        answer = await provider.post(
            f"http://127.0.0.1:{port}/v1/chat", headers=headers, timeout=LONG
        )
        return answer.status_code


def test_a_provider_that_sends_us_elsewhere_is_not_followed(elsewhere: HTTPServer) -> None:
    assert asyncio.run(ask(elsewhere.server_port)) == 307
    assert elsewhere.seen == [("/v1/chat", "Bearer sk-x")]  # type: ignore[attr-defined] # ours
