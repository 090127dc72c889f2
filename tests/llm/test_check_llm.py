"""The command that a technician runs first: it ends with "Ready" or with what to change."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from engine.llm.client import LanguageModel
from engine.llm.configuration import calls_folder, llm_config
from engine.llm.probe import check
from engine.llm.providers import StructuredMode
from engine.llm.reports import last_report
from tests.llm_server import LLMServer
from tests.llm_server.plays import MOST_USED, PLAYS


def said(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("check_llm")
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def quick(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_TRIES = 2


@pytest.mark.parametrize("play", PLAYS)
def test_every_provider_is_ready_at_the_first_try(
    llm: LLMServer, settings: Settings, play: str
) -> None:
    settings.LLM_TEMPERATURE = 0.2
    settings.LLM_API_KEY = " sk-test-c0ffee\n"
    llm.configure(play=play, key="sk-test-c0ffee")
    settings.LLM_PROVIDER = "azure" if play == "azure" else "custom"
    report = check(settings)
    assert report.is_ready, report.sentence
    assert report.sentence.startswith("Ready: ")
    assert last_report(calls_folder(settings)) == report


def test_the_mode_shown_is_that_of_the_engine(
    llm: LLMServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    llm.configure(structured=["json_object"])
    assert "structured answers by json_object" in said(capsys)
    assert LanguageModel(llm_config(settings)).mode is StructuredMode.JSON_OBJECT
    # What a provider learned meanwhile is found, too.
    llm.configure(structured=["json_object", "json_schema"])
    assert "structured answers by json_schema" in said(capsys)


def test_a_provider_that_ignores_the_form_is_not_promised_one(
    llm: LLMServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it promises, the engine does: the same call, in the same mode."""
    llm.configure(play="anthropic", keep_prompts=True)
    assert "Ready" in said(capsys)
    assert all("JSON Schema" in call["prompt"] for call in llm.requests())


def test_it_says_what_a_book_costs_and_takes(llm: LLMServer, settings: Settings) -> None:
    assert "costs nothing but this machine's time" in check(settings).sentence
    settings.LLM_PRICES = {"stand-in": [0.15, 0.6]}
    sentence = check(settings).sentence
    assert "costs about $0.26." in sentence
    assert "A book of 100 pages takes some" in sentence
    assert "tokens a second" in sentence


CHANGES = [
    ("openai", "key", "Check LLM_API_KEY"),
    ("groq", "model", "Check LLM_MODEL (stand-in)"),
    ("anthropic", "credit", "Add credit to the account"),
    ("gemini", "plan", "The plan of this key does not include stand-in at all"),
    ("groq", "day", "It may go on in 37 min"),
    ("groq", "too_large", "LLM_MAX_OUTPUT_TOKENS (now 6000)"),
    ("groq", "too_large", "LLM_TOPIC_TOKENS (now 6000) and LLM_OUTLINE_TOKENS (now 24000)"),
    ("openai", "away", "ProfAI tried the call once"),
    ("ollama", "memory", "choose a smaller one"),
    ("azure", "server", "Check LLM_BASE_URL"),
    ("openai", "rights", "set LLM_MODEL to another model"),
    ("azure", "filter", "filter refused this text"),
    ("vllm", "context", "how much of the documents one call shows the model"),
]


@pytest.mark.parametrize(("play", "kind", "advice"), CHANGES)
def test_otherwise_one_sentence_says_what_to_change(
    llm: LLMServer, play: str, kind: str, advice: str
) -> None:
    llm.configure(play=play, faults=[{"name": f"play:{kind}", "share": 1.0}])
    with (
        pytest.raises(CommandError, match=r"^Not ready: ") as raised,
        redirect_stdout(io.StringIO()),
    ):
        call_command("check_llm")
    assert advice in str(raised.value)
    assert "c0ffee" not in str(raised.value)


def test_a_new_key_does_not_wait_behind_the_old_one_s_pause(
    llm: LLMServer, settings: Settings
) -> None:
    """Or this test would take ten minutes."""
    old = LanguageModel(llm_config(settings))
    old._gate.pause(600)
    settings.LLM_API_KEY = "sk-another-key"
    assert check(settings).is_ready


def test_the_ten_most_used_are_played() -> None:
    assert len(set(MOST_USED)) == 10
    assert all("2026" in play.source for play in PLAYS.values())
