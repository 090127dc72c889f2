"""Who may read `/metrics`, and what stands there."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest
from django.db import connection
from django.test import Client
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from jobs.models import Cluster, Step
from jobs.pipelines import register
from jobs.services import create_job
from profai import metrics as module
from profai.metrics import DatabaseMetrics
from telemetry import exposition
from telemetry.exposition import serve
from tests.conftest import free_port
from tests.jobs.handlers import PIPELINE, step
from tests.metrics.scrapes import Scrape, parse
from tests.queue import work
from tests.waiting import LONG

TOKEN = "the-token-of-prometheus"  # noqa: S105 - of a test


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from the test before."""
    monkeypatch.setattr(exposition, "_common", [DatabaseMetrics().collect])


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def ask(client: Client, sent: str = "", **more: str) -> int:
    headers = {"Authorization": sent} if sent else {}
    return client.get("/metrics", headers=headers | more).status_code


@pytest.mark.django_db(transaction=True)
def test_the_token_opens_the_page_and_nothing_else_does(client: Client, token: str) -> None:
    assert ask(client, f"Bearer {token}") == 200
    for wrong in ("", token, "Bearer ", f"Bearer {token}x", f"Basic {token}", "Bearer ünknown"):
        assert ask(client, wrong) == 401, wrong


def test_without_a_token_there_is_no_such_page(client: Client) -> None:
    assert ask(client) == 404
    assert ask(client, "Bearer ") == 404


@pytest.mark.django_db(transaction=True)
def test_in_development_the_machine_itself_may_ask(client: Client, settings: Settings) -> None:
    settings.METRICS_OPEN_ON_LOOPBACK = True
    assert ask(client) == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404
    # Behind a proxy on the same machine everybody seems to be here.
    assert ask(client, **{"X-Forwarded-For": "203.0.113.9"}) == 404
    settings.METRICS_TOKEN = TOKEN
    assert ask(client) == 401


@pytest.mark.django_db(transaction=True)
def test_the_format_that_is_asked_for(client: Client, token: str) -> None:
    sent = {"Authorization": f"Bearer {token}"}
    plain = client.get("/metrics", headers=sent)
    assert plain["Content-Type"].startswith("text/plain; version=0.0.4")
    accept = "application/openmetrics-text; version=1.0.0"
    modern = client.get("/metrics", headers=sent | {"Accept": accept})
    assert modern["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = text_string_to_metric_families(modern.content.decode())  # type: ignore[no-untyped-call] # the library's
    assert list(families)


def read(client: Client) -> Scrape:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    return parse(answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_the_queue_as_the_database_has_it(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(PIPELINE)
    monkeypatch.setattr(module, "FRESH", 0.0)
    monkeypatch.setattr("profai.health.parts.FRESH", 0.0)
    job = create_job(kind="test", title="", steps=[step("a"), step("b", "a"), step("c")])
    Cluster.objects.create(host="here", pid=7, workers=[8, 9])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_step SET queued_at = now() - interval '90 s' WHERE key = 'a'")
        cursor.execute("UPDATE jobs_step SET queued_at = now() + interval '1 h' WHERE key = 'c'")
    found = read(client)
    states = found.values("profai_steps", "state")
    assert {state: n for state, n in states.items() if n} == {"queued": 1, "waiting": 1, "later": 1}
    assert found.total("profai_queue_oldest_seconds") == pytest.approx(90, abs=LONG)
    assert found.total("profai_jobs", kind="test", status="pending") == 1
    assert found.total("profai_workers_alive") == 2
    assert found.total("profai_database_up") == 1
    before = found.total("profai_job_duration_seconds_count", status="completed")
    Step.objects.filter(key="c").delete()
    work(job)
    found = read(client)
    assert found.total("profai_steps", kind="test") == 0
    assert found.total("profai_queue_oldest_seconds") == 0
    assert found.total("profai_job_duration_seconds_count", status="completed") == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_scrape_costs_the_same_few_queries_whatever_is_queued(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(PIPELINE)
    source = DatabaseMetrics()
    counted: list[int] = []
    for _ in range(2):
        create_job(kind="test", title="", steps=[step(f"s{n}") for n in range(5)])
        seen: list[str] = []

        def note(execute: object, sql: str, *rest: object, seen: list[str] = seen) -> object:
            seen.append(sql)
            return execute(sql, *rest)  # type: ignore[operator] # Django's own

        with connection.execute_wrapper(note):
            source._ask()
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 5
    # A second scrape within seconds asks nothing.
    monkeypatch.setattr(source, "_ask", lambda: pytest.fail("asked again"))
    assert {metric.name for metric in source.collect()} >= {"profai_steps", "profai_database_up"}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_told_and_breaks_no_scrape(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        patch.setitem(connection.settings_dict, "OPTIONS", {})
        found = read(client)
    assert found.total("profai_database_up") == 0
    assert "profai_steps" not in found.names()
    assert found.total("profai_process_memory_bytes") > 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_is_waited_for_a_moment(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAIT", 0.2)
    source = DatabaseMetrics()
    release = threading.Event()
    monkeypatch.setattr(module, "queue_metrics", lambda: release.wait(2 * LONG) and [])
    monkeypatch.setattr(exposition, "_common", [source.collect])
    began = time.monotonic()
    assert read(client).total("profai_database_up") == 0
    assert time.monotonic() - began < LONG
    release.set()


@pytest.mark.django_db(transaction=True)
def test_a_slow_query_is_cut_off_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STATEMENT_TIMEOUT", 100)

    def slow() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        return []

    monkeypatch.setattr(module, "queue_metrics", slow)
    (up,) = DatabaseMetrics().collect()
    assert up.samples[0].value == 0


def test_a_source_that_breaks_leaves_the_others(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[object]:
        raise RuntimeError("a defect")

    monkeypatch.setattr(exposition, "_common", [broken])
    assert "profai_disk_free_bytes" in read(client).names()
    assert "Metrics are missing" in caplog.text


# --- the port of a cluster


@pytest.fixture
def port() -> int:
    number = free_port()
    assert serve("127.0.0.1", number, lambda: TOKEN)
    return number


def test_a_cluster_answers_for_its_machine_to_who_has_the_token(port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    sent = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.get(f"{address}/metrics", headers=sent, timeout=LONG)
    assert answer.status_code == 200
    names = parse(answer.text).names()
    assert "profai_disk_free_bytes" in names
    # What the web pods say for all.
    assert "profai_database_up" not in names
    assert httpx.get(f"{address}/metrics", timeout=LONG).status_code == 401
    assert httpx.get(f"{address}/", headers=sent, timeout=LONG).status_code == 404


def test_without_a_token_a_cluster_answers_nobody() -> None:
    number = free_port()
    assert serve("127.0.0.1", number, lambda: "")
    answer = httpx.get(
        f"http://127.0.0.1:{number}/metrics",
        headers={"Authorization": "Bearer x"},
        timeout=LONG,
    )
    assert answer.status_code == 401


def test_a_port_that_is_taken_is_no_reason_to_stop(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert serve("127.0.0.1", port, lambda: TOKEN) is None
    assert f"No metrics on 127.0.0.1:{port}" in caplog.text


def test_disks_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    free, _size = exposition.disks({"data": tmp_path, "gone": tmp_path / "nowhere"})
    assert [sample.labels["disk"] for sample in free.samples] == ["data"]
