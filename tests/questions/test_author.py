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

from benchmarks.author import Author, Count, counted, report
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
    # The form stands there once: in the prompt, where the provider is not known to keep to it.
    assert asked.count("JSON Schema") == 1


def test_what_was_asked_is_counted_with_what_a_cache_could_hold(tmp_path: Path) -> None:
    alike = "# user\n\n" + "A passage that all prompts begin with. " * 120
    mending = "A careful reader found these questions wanting."
    again = "\n\n# assistant\n\n{}\n\n# user\n\nWrite it again."
    requests = {
        "0001-QuizPlan": f"{alike}Plan.",
        "0002-WrittenQuestions": f"{alike}Write.",
        "0003-WrittenQuestions": f"{alike}{mending}{again}",
        "0004-Probe": "Short.\n\n# form of the answer (JSON Schema)\n\n{}",
    }
    for name, text in requests.items():
        (tmp_path / f"{name}.request.md").write_text(text)
    (tmp_path / "0001-QuizPlan.answer.json").write_text("{}" * 20)
    counts = counted(tmp_path)
    assert [*counts] == ["QuizPlan", "WrittenQuestions", "Probe"]
    assert counts["QuizPlan"] == Count(1, 0, 0, 1174, 11, 0)
    written = counts["WrittenQuestions"]
    assert (written.calls, written.repeated, written.mending) == (2, 1, 1)
    # 1,152 tokens are the greatest multiple of 128 in what they begin with alike.
    assert written.cached == 2 * 1152
    assert counts["Probe"].cached == 0
    lines = report(tmp_path).splitlines()
    assert lines[-1].startswith("all | 4 | 1 | 1 | ")
