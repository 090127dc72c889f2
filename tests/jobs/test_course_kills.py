"""A course on real workers, which are killed in every kind of step and between any two."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts.models import Scope
from accounts.services import make_token
from courses.models import Course, CourseStatus
from courses.services import request_course
from jobs.models import Job, JobStatus
from tests.clusters import (
    RunningCluster,
    ended,
    kill_worker_of,
    running,
    running_cluster,
    wait_until,
)
from tests.conftest import free_port
from tests.factories import make_superuser
from tests.invariants import broken
from tests.llm_server import client as llm_server
from tests.pdfs import make_pdf, upload
from tests.processes import answers_on, database_url
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster, pytest.mark.slow]

# Around what each kind of step writes: a message that was taken and not claimed, work that was
# saved and not reported, work that was done and not saved.
KILL_POINTS = [
    "before:jobs.runner.claim_step",
    "after:courses.steps._store_passages",
    "after:courses.steps.index_document",
    "after:courses.steps._store_outline",
    "before:courses.steps._store_topic",
    "after:courses.steps._store_topic",
    "after:quizzes.steps._store",
    "after:courses.steps.publish_course",
    "before:jobs.runner._complete",
]


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    """Uploads in a folder that the workers share."""
    settings.MEDIA_ROOT = tmp_path / "var" / "media"


@contextmanager
def chroma_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    program = Path(sys.executable).with_name("chroma")
    command = [
        str(program),
        "run",
        "--path",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            assert answers_on(port, server)
            yield server
        finally:
            server.kill()
            server.wait(LONG)


@contextmanager
def workers(tmp_path: Path, chroma: int, **values: str) -> Iterator[RunningCluster]:
    environment = places(tmp_path, chroma) | values
    with running_cluster(tmp_path / "cluster.log", environment=environment) as cluster:
        yield cluster


def places(tmp_path: Path, chroma: int) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        "PROFAI_VAR_DIR": str(tmp_path / "var"),
        "CHROMA_PORT": str(chroma),
        "MODULE_QUIZ_SIZE": "4",
        "COURSE_QUIZ_SIZE": "4",
    }


def retries(job: Job, stage: str) -> int:
    return job.steps.get(stage=stage).retries


def request(**values: object) -> Job:
    return request_course(files=[upload()], title="Rivers", **values).job  # type: ignore[arg-type] # passed on as they are


def test_a_course_survives_a_kill_at_every_point(tmp_path: Path, chroma: int) -> None:
    job = request(publish=True)
    points = {
        "JOB_STEP_ATTEMPTS": "20",
        "KILL_POINTS": ",".join(KILL_POINTS),
        "KILL_FOLDER": str(tmp_path),
    }
    with workers(tmp_path, chroma, **points):
        wait_until(ended(job), 2 * LONG)
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert broken() == []
    assert Course.objects.get().status == CourseStatus.PUBLISHED
    assert {path.name for path in tmp_path.glob("*:*")} == set(KILL_POINTS)


def test_indexing_waits_for_a_vector_store_that_was_killed(
    tmp_path: Path, settings: Settings
) -> None:
    settings.CHROMA_PORT = port = free_port()
    folder = tmp_path / "chroma"
    folder.mkdir()
    with chroma_server(folder, port) as server:
        server.send_signal(signal.SIGKILL)
        server.wait(LONG)
        job = request()
        with workers(tmp_path, port):
            wait_until(lambda: retries(job, "index") >= 2)
            assert "does not answer" in job.steps.get(stage="index").message
            with chroma_server(folder, port):
                wait_until(ended(job), 2 * LONG)
                assert job.status == JobStatus.COMPLETED
                assert broken() == []


def test_a_full_disk_costs_a_pause(tmp_path: Path, chroma: int) -> None:
    """No process of the cluster may write a file of more than a few bytes for a while."""
    with workers(tmp_path, chroma) as cluster:
        wait_until(lambda: len(cluster.pids()) == 3)
        limit(cluster, 100)
        job = request()
        wait_until(lambda: retries(job, "extract") >= 1)
        assert "disk of the worker is full" in job.steps.get(stage="extract").message
        limit(cluster, resource.RLIM_INFINITY)
        wait_until(ended(job), 2 * LONG)
    assert job.status == JobStatus.COMPLETED
    assert broken() == []


def limit(cluster: RunningCluster, size: int) -> None:
    for pid in (cluster.process.pid, *cluster.pids()):
        psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_kill_repeats_no_call_of_a_model_but_those_in_flight(
    tmp_path: Path, chroma: int, settings: Settings
) -> None:
    settings.COURSE_ENGINE = "llm"
    concurrency, kills = 4, 0
    with llm_server.running(latency=0.8, topics=4) as model:
        values = {
            "COURSE_ENGINE": "llm",
            "LLM_PROVIDER": "custom",
            "LLM_MODEL": "test",
            "LLM_BASE_URL": model.base_url,
            "LLM_CONCURRENCY": str(concurrency),
        }
        job = request()
        with workers(tmp_path, chroma, **values):
            for stage in ("write", "quiz"):
                # The step before may have to be found dead and be run again.
                wait_until(running(stage=stage), 2 * LONG)
                wait_until(lambda: any(not call["ended"] for call in model.requests()))
                kills += kill_worker_of(stage=stage) is not None
            wait_until(ended(job), 2 * LONG)
        asked = Counter(call["digest"] for call in model.requests())
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    assert broken() == []
    assert kills == 2
    assert asked.total() - len(asked) <= kills * concurrency


WEB = """
import sys
import django
django.setup()
from wsgiref.simple_server import make_server
from django.core.wsgi import get_wsgi_application
from tests.cluster_child import set_kill_point
from pathlib import Path
set_kill_point("before:courses.services.create_job", Path(sys.argv[2]))
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
"""


def test_a_web_server_killed_in_an_upload_leaves_nothing_but_a_file(
    tmp_path: Path, chroma: int, settings: Settings
) -> None:
    scopes = [Scope.COURSES_WRITE]
    token = make_token(user=make_superuser(), name="test", scopes=scopes, days=1).text
    with web_server(tmp_path, chroma) as post, pytest.raises(httpx.HTTPError):
        post(token)
    assert (Job.objects.count(), Course.objects.count()) == (0, 0)
    assert [line.split(":")[0] for line in broken()] == ["a file has no document"]
    settings.CLEANUP_UPLOADS = timedelta()
    call_command("cleanup", "--apply")
    assert broken() == []
    with web_server(tmp_path, chroma) as post:
        assert post(token).status_code == 202
    assert Job.objects.get().status == JobStatus.PENDING


@contextmanager
def web_server(tmp_path: Path, chroma: int) -> Iterator[Callable[[str], httpx.Response]]:
    """How to upload a file to a web server that dies in the first upload it is sent."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", WEB, str(port), str(tmp_path)],
        env=os.environ | {"DATABASE_URL": database_url(), **places(tmp_path, chroma)},
        stderr=subprocess.DEVNULL,
    )

    def post(token: str) -> httpx.Response:
        return httpx.post(
            f"http://127.0.0.1:{port}/api/upload-pdfs",
            headers={"Authorization": f"Token {token}"},
            files={"files": ("rivers.pdf", make_pdf())},
            timeout=LONG,
        )

    try:
        assert answers_on(port, server)
        yield post
    finally:
        server.kill()
        server.wait(LONG)
