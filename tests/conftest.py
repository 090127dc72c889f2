"""The real parts for the tests: an embedded PostgreSQL and a Chroma server of their own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from engine.llm.client import LanguageModel, language_model
from engine.llm.configuration import LLMConfig
from engine.reading.document import ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from engine.reading.page_ranges import PageRange
from engine.search import chroma_server
from jobs import pipelines
from profai.environment import env
from profai.local.embedded import start_server
from tests.buckets import s3, s3_address
from tests.database import clone_from_template, empty_tables, hurry
from tests.distribution import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from tests.llm_server import LLMServer, running
from tests.ports import free_port
from tests.waiting import LONG

# Examples may take their time on a busy machine.
hypothesis_settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("busy")

# Two fixtures for all tests, and two hooks.
__all__ = [
    "free_port",
    "pytest_collection_modifyitems",
    "pytest_xdist_make_scheduler",
    "s3",
    "s3_address",
]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Point Django at the embedded server, unless DATABASE_URL names another."""
    if not env.str("DATABASE_URL", default=""):
        address = start_server(django_settings.VAR_DIR / "postgres")
        hurry(address)
        name = connections["default"].settings_dict["NAME"]
        values = env.db_url_config(address)
        connections["default"].settings_dict.update(values, NAME=name)
    with django_db_blocker.unblock():
        clone_from_template()


@pytest.fixture(scope="session", autouse=True)
def quick_teardown() -> Iterator[None]:
    """Tests that commit are cleaned up after by deleting their rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(autouse=True)
def nothing_from_tests_before() -> Iterator[None]:
    """Neither the counts of requests, the language of the last page nor the pipelines of a test are
    there in the next one."""
    cache.clear()
    translation.deactivate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines, "_pipelines", dict(pipelines._pipelines))
        yield


@pytest.fixture(scope="session")
def chroma_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Chroma server for the whole run, on a port of its own."""
    port, folder = free_port(), tmp_path_factory.mktemp("chroma")
    # Two open indexes: most tests meet one that has to be read from its files.
    command = chroma_server.command(folder, host="127.0.0.1", port=port, open_indexes=2)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(LONG)


@pytest.fixture(scope="session")
def llm_process() -> Iterator[LLMServer]:
    """A model server for the whole run; see `llm` for one that a test can use."""
    with running() as server:
        yield server


@pytest.fixture
def llm(llm_process: LLMServer, settings: Settings, tmp_path: Path) -> Iterator[LLMServer]:
    """Settings that lead to the model server, which has forgotten what was before."""
    llm_process.reset()
    settings.COURSE_ENGINE = "llm"
    settings.LLM_PROVIDER = "custom"
    settings.LLM_BASE_URL = llm_process.base_url
    settings.LLM_API_KEY = "sk-test-c0ffee"
    settings.LLM_MODEL = "stand-in"
    settings.LLM_TIMEOUT = 20
    settings.VAR_DIR = tmp_path / "var"
    with closed_models():
        yield llm_process


@contextmanager
def closed_models() -> Iterator[None]:
    """Closes the connections of all clients of models that the block makes."""
    made: list[LanguageModel] = []
    make = LanguageModel.__init__

    def remember(model: LanguageModel, config: LLMConfig) -> None:
        make(model, config)
        made.append(model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LanguageModel, "__init__", remember)
        yield
    language_model.cache_clear()
    for model in made:
        asyncio.run(model.close())


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file is read by one test only, for courses of tests that are not about reading."""
    monkeypatch.setattr("courses.steps.extract_document", _read_once)


def _read_once(
    path: Path, *, limits: PdfLimits, on_progress: Callable[[int, int], None], pages: PageRange
) -> ExtractedDocument:
    found, said = _read(path.read_bytes(), path.suffix, limits, pages)
    for done, total in said:
        on_progress(done, total)
    return found


@lru_cache
def _read(
    content: bytes, suffix: str, limits: PdfLimits, pages: PageRange
) -> tuple[ExtractedDocument, list[tuple[int, int]]]:
    said: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        said.append((done, total))

    with NamedTemporaryFile(suffix=suffix) as file:
        path = Path(file.name)
        path.write_bytes(content)
        found = extract_document(path, limits=limits, on_progress=report, pages=pages)
    return found, said


@pytest.fixture
def chroma(chroma_port: int, settings: Settings) -> int:
    """Settings that lead to the Chroma server."""
    settings.CHROMA_PORT = chroma_port
    return chroma_port


def _wait_for(port: int, server: subprocess.Popen[bytes], seconds: float = LONG) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"No server on port {port} after {seconds} s")
