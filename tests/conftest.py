"""The real parts for the tests: an embedded PostgreSQL and a Chroma server of their own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from pytest_django.fixtures import Settings

from profai.ai.client import LanguageModel, language_model
from profai.ai.configuration import LLMConfig
from profai.embedded import start_server
from profai.environment import env
from tests.buckets import s3, s3_address
from tests.llm_server import LLMServer, running

__all__ = ["s3", "s3_address"]  # fixtures for all tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start clusters wait for them: one runs at a time, beside the others."""
    for item in items:
        if item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.xdist_group("clusters"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Point Django at the embedded server, unless DATABASE_URL names another."""
    if not env.str("DATABASE_URL", default=""):
        address = start_server(django_settings.VAR_DIR / "postgres")
        name = connections["default"].settings_dict["NAME"]
        values = env.db_url_config(address)
        connections["default"].settings_dict.update(values, NAME=name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def chroma_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Chroma server for the whole run, on a port of its own."""
    port, folder = free_port(), tmp_path_factory.mktemp("chroma")
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
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(10)


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
    made: list[LanguageModel] = []
    make = LanguageModel.__init__

    def remember(model: LanguageModel, config: LLMConfig) -> None:
        make(model, config)
        made.append(model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LanguageModel, "__init__", remember)
        yield llm_process
    language_model.cache_clear()
    for model in made:
        asyncio.run(model.close())


@pytest.fixture
def chroma(chroma_port: int, settings: Settings) -> int:
    """Settings that lead to the Chroma server."""
    settings.CHROMA_PORT = chroma_port
    return chroma_port


def _wait_for(port: int, server: subprocess.Popen[bytes], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"No server on port {port} after {seconds} s")
