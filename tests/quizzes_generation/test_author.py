"""Somebody who answers through files plays the provider, over HTTP and with the real client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from benchmarks.author import Author
from engine.llm.client import LanguageModel
from engine.llm.configuration import llm_config
from engine.llm.probe import Probe
from engine.llm.prompting import Prompt
from engine.llm.providers import Task
from tests.llm_server import LLMServer
from tests.waiting import wait_until

ANSWER = {"title": "Rain", "answer": "It falls.", "key_words": ["rain"], "passage": 1}


@pytest.fixture
def folder(llm: LLMServer, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A folder that a running server asks in; the settings lead to it."""
    made = tmp_path / "questions"
    made.mkdir()
    (made / "0007-Probe.request.md").write_text("of an earlier run")
    config = uvicorn.Config(
        Author(made, pause=0.01).app(), host="127.0.0.1", port=0, log_level="critical"
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    settings.LLM_BASE_URL = f"http://127.0.0.1:{port}/v1"
    yield made
    server.should_exit = True
    thread.join()


def test_a_request_waits_for_its_answer(folder: Path) -> None:
    def answer() -> None:
        wait_until((folder / "0008-Probe.request.md").exists)
        part = folder / "part"
        part.write_text(json.dumps(ANSWER))
        part.replace(folder / "0008-Probe.answer.json")

    author = Thread(target=answer)
    author.start()
    prompt = Prompt("You teach.", "What does rain do?")
    probe = asyncio.run(LanguageModel(llm_config(django_settings)).ask(Task.TOPIC, prompt, Probe))
    author.join()
    assert probe.model_dump() == ANSWER
    asked = (folder / "0008-Probe.request.md").read_text()
    assert "What does rain do?" in asked
    assert '"additionalProperties": false' in asked
