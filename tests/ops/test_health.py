from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from tests.conftest import free_port


def test_live_needs_no_other_part(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_all_parts_answer(client: Client, chroma: int) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "chroma": "ok"}


@pytest.mark.django_db
def test_not_ready_without_chroma(client: Client, settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "database": "ok", "chroma": "down"}


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_the_database(
    client: Client, chroma: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    # A socket folder that is not there: the driver itself refuses.
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    try:
        answer = client.get("/health/ready")
    finally:
        connection.close()
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "database": "down", "chroma": "ok"}


@pytest.mark.django_db
def test_pages_are_served_without_chroma(client: Client, settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    answer = client.get("/health/web")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok"}
