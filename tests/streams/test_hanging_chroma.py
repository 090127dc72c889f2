"""A Chroma that takes connections and says nothing: searches end soon, pages are served."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from django.contrib.auth.models import User

from courses.models import Course, CourseStatus
from profai.local.processes import Service, any_free_port, spawn, wait_for_port
from tests.factories import make_course
from tests.processes import end_group
from tests.streams.server import web_server

pytestmark = pytest.mark.slow

SEARCHES = 10


@pytest.fixture
def hung_chroma(tmp_path: Path) -> Iterator[int]:
    port = any_free_port()
    program = str(Path(sys.executable).with_name("chroma"))
    place = ["--path", str(tmp_path / "chroma"), "--host", "127.0.0.1", "--port", str(port)]
    process = spawn(Service("Chroma", [program, "run", *place], log=tmp_path / "chroma.log"))
    try:
        assert wait_for_port(port, process)
        _signal_all(process, signal.SIGSTOP)
        yield port
    finally:
        _signal_all(process, signal.SIGCONT)
        end_group(process)


def _signal_all(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    found = psutil.Process(process.pid)
    for one in [found, *found.children(recursive=True)]:
        one.send_signal(number)


@pytest.mark.django_db(transaction=True)
def test_a_chroma_that_hangs_stops_no_page(
    hung_chroma: int, teacher: User, headers: dict[str, str], tmp_path: Path
) -> None:
    course: Course = make_course(owner=teacher, status=CourseStatus.PUBLISHED)
    path = f"/api/courses/{course.slug}/search/?q=delta"
    with (
        web_server(tmp_path, workers=1, CHROMA_PORT=hung_chroma) as server,
        httpx.Client(base_url=server.address, timeout=120) as client,
        ThreadPoolExecutor(SEARCHES) as threads,
    ):
        searches = [
            threads.submit(client.get, path, headers=headers) for _number in range(SEARCHES)
        ]
        # More searches than threads are under way.
        for _time in range(3):
            assert client.get("/login/").status_code == 200
        answers = [search.result() for search in searches]
    assert {answer.status_code for answer in answers} == {503}
    words = {answer.json()["detail"] for answer in answers}
    assert any("Try again in a minute" in one for one in words)
    assert any("does not answer" in one for one in words)
