"""The Chroma server as we start it: how much it keeps open, and what it clears away."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from engine.search.chroma_server import command, delete_orphans
from profai.local.processes import wait_for_port
from tests.ports import free_port
from tests.waiting import LONG


@contextmanager
def server(folder: Path, port: int, open_indexes: int) -> Iterator[psutil.Process]:
    # Variables of this name are not meant for the server, which would take them.
    environment = os.environ | {"CHROMA_PORT": "9"}
    with (folder.parent / "log").open("ab") as log:
        process = subprocess.Popen(
            command(folder, host="127.0.0.1", port=port, open_indexes=open_indexes),
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        assert wait_for_port(port, process, LONG)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(LONG)


def store(name: str) -> None:
    vectors = np.eye(256, dtype=np.float32)[:20]
    ids = [str(number) for number in range(len(vectors))]
    vector_store().replace_group(name, model="m", group="1", groups=["1"], ids=ids, vectors=vectors)


def indexes(folder: Path) -> int:
    return sum(one.is_dir() for one in folder.iterdir())


@pytest.mark.slow
def test_few_indexes_are_open_and_those_of_deleted_courses_go(
    tmp_path: Path, settings: Settings
) -> None:
    folder, settings.CHROMA_PORT = tmp_path / "data", free_port()
    with server(folder, settings.CHROMA_PORT, open_indexes=3) as process:
        before = process.num_fds()
        for number in range(12):
            store(f"course-{number}")
        # Four files each, and some of the database.
        assert process.num_fds() - before < 4 * 8
        for number in range(6):
            vector_store().delete_collection(f"course-{number}")
        assert indexes(folder) == 12
    with server(folder, settings.CHROMA_PORT, open_indexes=3):
        assert indexes(folder) == 6
        for number in range(6, 12):
            vector = np.eye(256, dtype=np.float32)[number]
            hits = vector_store().query(f"course-{number}", model="m", vector=vector, limit=5)
            assert hits[0].id == str(number)


@pytest.mark.parametrize("content", [None, b"no database"])
def test_nothing_is_deleted_without_a_database_that_names_the_indexes(
    tmp_path: Path, content: bytes | None
) -> None:
    index = tmp_path / "005053ed-85ab-4c66-8da8-3e2f671c7c79"
    index.mkdir()
    if content:
        (tmp_path / "chroma.sqlite3").write_bytes(content)
    assert delete_orphans(tmp_path) == 0
    assert index.exists()
