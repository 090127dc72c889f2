"""A large upload passes through the web server; it does not stay in its memory."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from django.contrib.auth.models import User

from tests.streams.server import WebServer, bearer, web_server
from tests.waiting import LONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MB = 1024 * 1024
SIZE = 199 * MB  # the limit is 200 with what surrounds the file


@pytest.fixture
def server(tmp_path: Path, teacher: User) -> Iterator[WebServer]:
    with web_server(tmp_path, workers=1) as server:
        yield server


def peak(process: psutil.Process) -> int:
    """The most memory that the process ever had, by the kernel's account."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def upload(address: str, key: dict[str, str], size: int = SIZE) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(b"%PDF-1.7\n")
        # A sparse file: its end is what makes its size.
        file.truncate(size)
        file.seek(0)
        answer = httpx.post(
            f"{address}/api/upload-pdfs",
            headers=key,
            files={"files": ("large.pdf", file, "application/pdf")},
            timeout=200,
        )
    return answer.status_code


@pytest.mark.parametrize(("at_once", "limit"), [(1, 20 * MB), (4, 40 * MB)])
def test_large_uploads_hardly_raise_the_memory_of_the_web_process(
    at_once: int, limit: int, server: WebServer, teacher: User
) -> None:
    key = bearer(teacher)
    (process,) = server.workers()
    # Everything that a first request loads is loaded, in every thread.
    assert [upload(server.address, key, 2 * MB) for _ in range(6)] == [202] * 6
    before = peak(process)
    with ThreadPoolExecutor(at_once) as pool:
        codes = list(pool.map(lambda _: upload(server.address, key), range(at_once)))
    assert codes == [202] * at_once
    assert peak(process) - before < limit


def test_who_may_not_upload_is_told_before_the_file_is_read(server: WebServer) -> None:
    """200 MB of somebody without an account go nowhere."""
    (process,) = server.workers()
    with tempfile.TemporaryFile() as file:
        file.truncate(SIZE)
        written = process.io_counters().write_bytes
        answer = httpx.post(
            f"{server.address}/api/upload-pdfs", files={"files": ("a.pdf", file)}, timeout=LONG
        )
    assert answer.status_code == 401
    assert process.io_counters().write_bytes - written < MB
