"""The smoke test of a release, against a running server."""

from __future__ import annotations

import subprocess

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from jobs.models import Cluster
from profai.environment import BASE_DIR
from profai.health import views
from profai.health.parts import HealthChecker
from tests.conftest import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from the test before."""
    monkeypatch.setattr(views, "checker", HealthChecker())


def smoke(url: str) -> subprocess.CompletedProcess[str]:
    text = (BASE_DIR / "deploy" / "bin" / "smoke").read_text()
    # A server that is down is down: the pauses between tries are for load balancers.
    quick = text.replace("--retry 5", "--retry 1").replace("--retry-delay 3", "--retry-delay 0")
    quick = quick.replace("tries=6", "tries=1")
    return subprocess.run(
        ["/bin/sh", "-c", quick, "smoke", url], capture_output=True, text=True, check=False
    )


def test_a_server_that_works(live_server: LiveServer, chroma: int) -> None:
    Cluster.objects.create(host="here", pid=7, workers=[8])
    done = smoke(live_server.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{live_server.url} works\n"


def test_a_server_without_chroma(live_server: LiveServer, settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    done = smoke(live_server.url)
    assert done.returncode == 1
    assert "Not all parts answer" in done.stderr


def test_a_server_without_workers(live_server: LiveServer, chroma: int) -> None:
    done = smoke(live_server.url)
    assert done.returncode == 1
    assert "Not all parts answer" in done.stderr


def test_no_server() -> None:
    done = smoke(f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "Not all parts answer" in done.stderr
