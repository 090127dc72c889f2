from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from jobs.maintenance import Heartbeat
from jobs.models import Cluster
from jobs.queries import clusters
from profai.health import parts as parts_module
from profai.health import views
from profai.health.parts import Finding, HealthChecker, Part, Status, overall
from tests.conftest import free_port
from tests.factories import make_editor, make_teacher
from tests.llm_server import LLMServer
from tests.waiting import LONG

ALL_WELL = dict.fromkeys(("database", "migrations", "chroma", "storage", "workers"), "ok")


class Unhurried(HealthChecker):
    def check(self, parts: Sequence[Part]) -> list[Finding]:
        return super().check([replace(part, limit=LONG) for part in parts])


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """Nothing is known from the test before, and a busy machine may take its time."""
    monkeypatch.setattr(views, "checker", Unhurried())
    settings.MEDIA_ROOT = tmp_path


@contextmanager
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A socket folder that is not there: the driver itself refuses."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        patch.setitem(connection.settings_dict, "OPTIONS", {})
        try:
            yield
        finally:
            connection.close()


@pytest.fixture
def worker(transactional_db: None) -> Cluster:
    return Cluster.objects.create(host="here", pid=7, workers=[8, 9])


def test_live_needs_no_other_part(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_when_all_parts_answer(client: Client, chroma: int, worker: Cluster) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": ALL_WELL}


def test_without_chroma_pages_are_served(
    client: Client, settings: Settings, worker: Cluster
) -> None:
    settings.CHROMA_PORT = free_port()
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "parts": ALL_WELL | {"chroma": "down"}}
    assert client.get("/health/web").json()["status"] == "ok"


def test_vectors_in_postgresql_need_no_chroma(
    client: Client, settings: Settings, worker: Cluster
) -> None:
    settings.VECTOR_STORE, settings.CHROMA_PORT = "postgresql", free_port()
    well = {name: state for name, state in ALL_WELL.items() if name != "chroma"}
    assert client.get("/health/ready").json() == {"status": "ok", "parts": well}


def test_without_a_place_for_uploads(
    client: Client, chroma: int, worker: Cluster, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"
    answer = client.get("/health/ready")
    assert answer.json() == {"status": "degraded", "parts": ALL_WELL | {"storage": "down"}}


def test_storage_leaves_nothing_behind(
    client: Client, chroma: int, worker: Cluster, tmp_path: Path
) -> None:
    assert client.get("/health/ready").json()["parts"]["storage"] == "ok"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_bucket_is_asked_and_not_written_to(
    client: Client, chroma: int, worker: Cluster, s3: Any
) -> None:
    assert client.get("/health/ready").json()["parts"] == ALL_WELL
    assert list(s3.objects.all()) == []


def test_a_bucket_that_is_not_there_is_missed(
    client: Client, chroma: int, worker: Cluster, s3: Any, caplog: pytest.LogCaptureFixture
) -> None:
    s3.delete()
    answer = client.get("/health/ready")
    assert answer.json() == {"status": "degraded", "parts": ALL_WELL | {"storage": "down"}}
    assert "HeadBucket" in caplog.text


def test_workers_that_fell_silent_are_missed(client: Client, chroma: int, worker: Cluster) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_cluster SET seen_at = now() - interval '2 minutes'")
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "parts": ALL_WELL | {"workers": "down"}}


@pytest.mark.django_db(transaction=True)
def test_not_ready_before_all_migrations_are_applied(client: Client) -> None:
    rows = MigrationRecorder(connection).migration_qs.filter(app="jobs", name="0001_initial")
    applied = rows.get()
    rows.delete()
    try:
        answer = client.get("/health/web")
    finally:
        applied.save(force_insert=True)
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "parts": {"database": "ok", "migrations": "down"}}


def test_not_ready_without_the_database(
    client: Client, chroma: int, worker: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_database(monkeypatch):
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["parts"] | {"storage": "ok", "chroma": "ok"} == answer.json()["parts"]
    assert answer.json()["parts"]["database"] == "down"
    assert "/nowhere" not in answer.text


def test_reasons_are_for_those_with_the_token(
    client: Client, settings: Settings, worker: Cluster
) -> None:
    settings.CHROMA_PORT = port = free_port()
    settings.HEALTH_TOKEN = "only-for-probes"  # noqa: S105 - protects nothing
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        assert str(port) not in client.get("/health/ready", headers=headers).text
    sent = {"Authorization": "Bearer only-for-probes"}
    part = client.get("/health/ready", headers=sent).json()["parts"]["chroma"]
    assert f":{port} does not answer" in part["why"]
    assert part["status"] == "down"
    assert part["seconds"] < LONG


def test_reasons_are_for_those_who_look_after_all_courses(
    worker: Cluster, chroma: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profai.health.authorization.TIME_LIMIT", LONG)
    for user, knows in ((make_editor(), True), (make_teacher(), False)):
        client = Client()
        client.force_login(user)
        part = client.get("/health/ready").json()["parts"]["workers"]
        assert (part != "ok") is knows


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_part_that_hangs_delays_nobody_and_is_asked_once(
    stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def hang() -> str:
        asked.append(1)
        stuck.wait()
        return ""

    parts = [Part("slow", hang, 0.2), Part("quick", lambda: "fine", LONG)]
    checker = HealthChecker()
    start = time.monotonic()
    slow, quick = checker.check(parts)
    assert time.monotonic() - start < LONG
    assert (slow.works, slow.words) == (False, "No answer within 0.2 s.")
    assert (quick.works, quick.words) == (True, "fine")
    assert overall([slow, quick]) is Status.DEGRADED
    monkeypatch.setattr(parts_module, "FRESH", 0.0)
    assert not checker.check(parts)[0].works
    assert asked == [1]


def test_answers_are_good_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "FRESH", float(LONG))
    asked: list[int] = []

    def count() -> str:
        asked.append(1)
        return str(len(asked))

    checker, part = HealthChecker(), Part("counted", count, LONG, critical=True)
    assert [checker.check([part])[0].words for _ in range(5)] == ["1"] * 5
    monkeypatch.setattr(parts_module, "FRESH", 0.0)
    assert checker.check([part])[0].words == "2"


@pytest.mark.django_db
def test_a_heartbeat_is_written_and_deleted() -> None:
    Cluster.objects.create(host="gone", pid=1)
    Cluster.objects.update(seen_at="2020-01-01T00:00:00Z")
    workers = [11, 0, 12]
    heartbeat = Heartbeat(10, workers)
    heartbeat.write()
    [cluster] = clusters()
    assert cluster.workers == [11, 12]
    workers[:] = [13, 0, 0]
    heartbeat.write()
    assert clusters().get().workers == [13]
    heartbeat.delete()
    assert not clusters().exists()


def test_a_heartbeat_without_a_database_raises_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_database(monkeypatch):
        Heartbeat(10, [11]).write()
        Heartbeat(10, [11]).delete()


@pytest.mark.parametrize(("make", "status"), [(make_editor, 200), (make_teacher, 403)])
def test_who_sees_the_page(
    chroma: int, worker: Cluster, make: Callable[[], User], status: int
) -> None:
    client = Client()
    client.force_login(make())
    answer = client.get(reverse("admin-health"))
    assert answer.status_code == status
    if status == 200:
        assert "here:8" in answer.text
        assert "Everything works" in answer.text


def test_the_page_asks_the_language_model_and_shows_what_it_said(
    chroma: int, worker: Cluster, llm: LLMServer
) -> None:
    client = Client()
    client.force_login(make_teacher())
    assert client.post(reverse("admin-health-model")).status_code == 403
    client.force_login(make_editor())
    assert "It was not asked yet" in client.get(reverse("admin-health")).text
    assert client.post(reverse("admin-health-model")).status_code == 302
    for thread in threading.enumerate():
        if thread.name == "check-model":
            thread.join(30)
    page = client.get(reverse("admin-health")).text
    assert "Ready: the configured provider, stand-in" in page
    assert llm.stats()["calls"] == 1
