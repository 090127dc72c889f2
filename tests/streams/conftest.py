from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoDbBlocker

from jobs.models import Job
from jobs.pipelines import register
from jobs.services import create_job
from profai.roles import ensure_groups
from tests.factories import make_teacher
from tests.jobs.handlers import PIPELINE, step
from tests.streams.server import WebServer, bearer, web_server


@pytest.fixture
def teacher(transactional_db: None) -> User:
    # The tests before have emptied all tables.
    ensure_groups()
    return make_teacher()


@pytest.fixture
def headers(teacher: User) -> dict[str, str]:
    return bearer(teacher)


@pytest.fixture
def job(teacher: User) -> Job:
    return make_job(teacher)


def make_job(user: User) -> Job:
    register(PIPELINE)
    return create_job(kind="test", title="Rivers", steps=[step("a")], requested_by=user)


@pytest.fixture(scope="session")
def web(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WebServer]:
    """One server for the whole run, in a hurry where production waits."""
    hurry = {"STREAM_HEARTBEAT_SECONDS": 1, "STREAM_RECHECK_SECONDS": 1, "STREAM_SECONDS": 30}
    with (
        django_db_blocker.unblock(),
        web_server(tmp_path_factory.mktemp("web"), **hurry) as server,
    ):
        yield server


@pytest.fixture
def client(web: WebServer, headers: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.address, headers=headers, timeout=20) as client:
        yield client
