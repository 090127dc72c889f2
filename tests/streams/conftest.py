from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from courses.models import Course
from courses.services import request_course
from jobs.models import Job
from jobs.pipelines import register
from jobs.services import create_job
from profai.roles import ensure_groups
from tests.clusters import wait_until
from tests.factories import make_learner, make_teacher
from tests.jobs.handlers import PIPELINE, step
from tests.llm_server import LLMServer
from tests.pdfs import upload
from tests.queue import work
from tests.streams.server import WebServer, bearer, web_server
from tests.waiting import LONG

QUESTION = "What are springs and deltas?"
HELD = 6  # pieces of a stream, in which the answer has begun


@pytest.fixture(autouse=True)
def settled(transactional_db: None) -> Iterator[None]:
    """The tables are emptied when the server has done what the test began, not beside it."""
    yield
    quiet: list[bool] = []

    def still() -> bool:
        quiet.append(not active_connections())
        return all(quiet[-3:]) and len(quiet) >= 3

    wait_until(still)


def active_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        count: int = cursor.fetchone()[0]
    return count


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
    """One server for the whole run, in a hurry where production waits.

    A stream that should close and does not is waited for in vain.
    """
    hurry: dict[str, Any] = {
        "STREAM_HEARTBEAT_SECONDS": 0.3,
        "STREAM_RECHECK_SECONDS": 1,
        "STREAM_SECONDS": 10 * LONG,
    }
    with (
        django_db_blocker.unblock(),
        web_server(tmp_path_factory.mktemp("web"), **hurry) as server,
    ):
        yield server


@pytest.fixture
def client(web: WebServer, headers: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.address, headers=headers, timeout=LONG) as client:
        yield client


@pytest.fixture(scope="session")
def asked(
    django_db_setup: None,
    django_db_blocker: object,
    llm_process: LLMServer,
    chroma_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WebServer]:
    """A web server with a model. One process, whose log and limits are known."""
    settings = {
        "COURSE_ENGINE": "llm",
        "LLM_PROVIDER": "custom",
        "LLM_BASE_URL": llm_process.base_url,
        "LLM_API_KEY": "sk-test-c0ffee",
        "LLM_MODEL": "stand-in",
        "LLM_PRICES": '{"stand-in": [1, 2]}',
        "LLM_TRIES": 1,
        "LLM_ASK_SECONDS": 10 * LONG,
        "CHROMA_PORT": chroma_port,
    }
    with web_server(tmp_path_factory.mktemp("asked"), workers=1, **settings) as server:
        yield server


@pytest.fixture
def learner(transactional_db: None) -> User:
    ensure_groups()
    return make_learner()


@pytest.fixture
def course(
    learner: User, chroma: int, settings: Settings, tmp_path: Path, llm_process: LLMServer
) -> Course:
    settings.MEDIA_ROOT = tmp_path
    llm_process.reset()
    work(request_course(files=[upload()], publish=True).job)
    return Course.objects.get()
