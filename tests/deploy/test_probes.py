"""The probes of the image, against a running cluster and a running web server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from profai.environment import BASE_DIR
from tests.clusters import running_cluster, wait_until
from tests.waiting import LONG

DOCKER = BASE_DIR / "deploy" / "docker"


def worker_alive(folder: Path, limit: float, **values: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", "-P", "-S", str(DOCKER / "worker_alive.py"), str(limit)],
        env={"PROFAI_VAR_DIR": str(folder)} | values,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_cluster_no_life(tmp_path: Path) -> None:
    done = worker_alive(tmp_path, 30)
    assert done.returncode == 1
    assert "no cluster has started" in done.stderr


def test_an_old_heartbeat_is_a_dead_worker(tmp_path: Path) -> None:
    beat = tmp_path / "heartbeat"
    beat.touch()
    assert worker_alive(tmp_path, LONG).returncode == 0
    then = time.time() - 60
    os.utime(beat, (then, then))
    done = worker_alive(tmp_path, 30)
    assert done.returncode == 1
    assert re.search(r"\b\d\d+ s ago; 30 s are allowed", done.stderr)


def test_the_probe_loads_no_django(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").touch()
    done = worker_alive(tmp_path, 30, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "os" in loaded
    assert not loaded & {"django", "profai", "psycopg"}


@pytest.mark.slow
@pytest.mark.cluster
@pytest.mark.django_db(transaction=True)
def test_a_running_cluster_beats_and_a_killed_one_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with running_cluster(
        tmp_path / "log", workers=1, environment={"PROFAI_VAR_DIR": str(folder)}
    ) as cluster:
        wait_until(lambda: worker_alive(folder, 3).returncode == 0)
        cluster.kill()
        wait_until(lambda: worker_alive(folder, 1).returncode == 1)


class Answers(BaseHTTPRequestHandler):
    status = 200
    hosts: list[str] = []

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        self.send_response(self.status if self.path == "/health/live" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing is said."""


@contextmanager
def answering(status: int) -> Iterator[str]:
    Answers.status = status
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield str(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def web_alive(port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", "-P", "-S", str(DOCKER / "web_alive.py")],
        env={"UVICORN_PORT": port, "ALLOWED_HOSTS": "profai.example,localhost"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_web_probe_asks_by_an_allowed_name() -> None:
    Answers.hosts.clear()
    with answering(200) as port:
        assert web_alive(port).returncode == 0
    assert Answers.hosts == ["profai.example"]


def test_the_web_probe_fails_on_an_error_and_on_silence() -> None:
    with answering(500) as port:
        failed = web_alive(port)
    assert failed.returncode == 1
    assert "answered 500" in failed.stderr
    silent = web_alive(port)
    assert silent.returncode == 1
    assert "does not answer" in silent.stderr
