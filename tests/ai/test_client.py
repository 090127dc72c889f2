"""The real client against a server that fails in every known way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel
from pytest_django.fixtures import Settings

from profai.ai.client import LanguageModel, language_model
from profai.ai.configuration import llm_config
from profai.ai.errors import AIError, AnswerError, ProviderError
from profai.ai.prompting import Prompt
from profai.ai.providers import PROVIDERS, StructuredMode, Task
from profai.ai.usage import Usage, metered
from tests.llm_server import LLMServer

PROMPT = Prompt("You are a test.", "Say something.")


class Probe(BaseModel):
    answer: str


def ask(model: LanguageModel | None = None, check: Any = None) -> Probe:
    model = model or LanguageModel(llm_config())
    return asyncio.run(model.ask(Task.TOPIC, PROMPT, Probe, check))


def always(llm: LLMServer, name: str, **more: Any) -> None:
    llm.configure(faults=[{"name": name, "share": 1.0, **more}])


@pytest.fixture(autouse=True)
def impatient(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_TRIES = 2
    settings.LLM_TIMEOUT = 1.5


# --- modes


@pytest.mark.parametrize(
    ("supported", "mode", "asked"),
    [
        (["json_schema", "json_object"], StructuredMode.JSON_SCHEMA, 1),
        (["json_object"], StructuredMode.JSON_OBJECT, 2),
        ([], StructuredMode.TEXT, 3),
    ],
)
def test_the_strictest_mode_that_the_provider_knows_is_found(
    llm: LLMServer, supported: list[str], mode: StructuredMode, asked: int
) -> None:
    llm.configure(structured=supported)
    model = LanguageModel(llm_config())
    assert ask(model).answer
    assert model.mode is mode
    ask(model)
    assert llm.stats()["calls"] == asked + 1


def test_a_mode_that_was_chosen_is_not_left(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_STRUCTURED = "json_schema"
    llm.configure(structured=[])
    with pytest.raises(ProviderError, match="does not know this response_format"):
        ask()


def test_the_providers_of_openai_get_their_own_name_for_the_limit(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_MAX_OUTPUT_TOKENS = 1
    for provider in (PROVIDERS["openai"], PROVIDERS["custom"]):
        model = LanguageModel(replace(llm_config(), provider=provider))
        with pytest.raises(AnswerError, match="cut off"):
            ask(model)


# --- faults of transport


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("server_error", "fault of its own"),
        ("overloaded", "fault of its own"),
        ("drop", "broke off"),
        ("cut", "broke off"),
        ("slow_stream", "no answer within 1.5 s"),
        ("huge", "larger than"),
        ("garbage", "no chat completion"),
        ("no_choices", "no chat completion"),
    ],
)
def test_a_passing_fault_is_tried_again_and_a_lasting_one_told(
    llm: LLMServer, fault: str, words: str
) -> None:
    always(llm, fault, times=1)
    assert ask().answer
    assert llm.stats()["calls"] == 2
    always(llm, fault)
    with pytest.raises(ProviderError, match=words) as raised:
        ask()
    assert not raised.value.permanent
    assert llm.stats()["calls"] == 4


@pytest.mark.parametrize(
    ("fault", "words"), [("quota", "quota is used up"), ("context_length", "LLM_TOPIC_TOKENS")]
)
def test_a_refusal_is_not_tried_again(llm: LLMServer, fault: str, words: str) -> None:
    always(llm, fault)
    with pytest.raises(ProviderError, match=words) as raised:
        ask()
    assert raised.value.permanent
    assert llm.stats()["calls"] == 1


def test_a_server_that_is_not_there(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(ProviderError, match="cannot be reached"):
        ask()


def test_a_wrong_key_is_told_without_the_key(llm: LLMServer) -> None:
    llm.configure(key="another")
    with pytest.raises(
        ProviderError, match=r"refused the call \(401\).*Check LLM_API_KEY"
    ) as raised:
        ask()
    assert "c0ffee" not in str(raised.value)
    assert "[key]" in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_wrong_address_is_told(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_BASE_URL = f"{llm.base_url}/nowhere"
    with pytest.raises(ProviderError, match="Check LLM_BASE_URL") as raised:
        ask()
    assert raised.value.permanent


# --- rate limits


def test_a_rate_limit_is_waited_out_beyond_the_tries(llm: LLMServer) -> None:
    always(llm, "rate_limit", times=6, seconds=0.05)
    assert ask().answer
    assert llm.stats()["calls"] == 7


def test_a_rate_limit_is_not_waited_out_for_ever(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PATIENCE = 5
    always(llm, "rate_limit", seconds=3600)
    started = time.monotonic()
    with pytest.raises(ProviderError, match="too many requests"):
        ask()
    assert time.monotonic() - started < 3


def test_all_calls_pause_when_one_is_told_to(llm: LLMServer, settings: Settings) -> None:
    always(llm, "rate_limit", times=1, seconds=0.5)
    model = LanguageModel(llm_config())

    async def both() -> None:
        await model.ask(Task.TOPIC, PROMPT, Probe)
        await asyncio.gather(*(model.ask(Task.TOPIC, PROMPT, Probe) for _ in range(2)))

    asyncio.run(both())
    first, *others = llm.requests()
    assert all(call["started"] - first["ended"] >= 0.45 for call in others)


def test_calls_in_flight_stay_within_the_limit(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 3
    llm.configure(latency=0.05)
    model = LanguageModel(llm_config())

    async def many() -> None:
        await asyncio.gather(*(model.ask(Task.TOPIC, PROMPT, Probe) for _ in range(12)))

    asyncio.run(many())
    assert llm.stats()["most_in_flight"] == 3


# --- faults of content


@pytest.mark.parametrize(
    "fault", ["truncated", "length", "empty", "prose", "wrong_schema", "refusal", "oversized"]
)
def test_a_useless_answer_goes_back_at_most_twice(llm: LLMServer, fault: str) -> None:
    always(llm, fault, times=1)
    assert ask().answer
    assert llm.stats()["calls"] == 2
    always(llm, fault)
    with pytest.raises(AnswerError, match="no usable answer in 3 tries"):
        ask()
    assert llm.stats()["calls"] == 5


def test_the_model_is_told_what_was_wrong(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True, script=['{"answer": 5}', '{"answer": "five"}'])
    assert ask().answer == "five"
    second = llm.requests()[1]
    assert second["turns"] == 4
    assert '{"answer": 5}' in second["prompt"]
    assert "answer: Input should be a valid string" in second["prompt"]


def test_an_answer_that_fails_the_check_goes_back(llm: LLMServer) -> None:
    llm.configure(keep_prompts=True, script=['{"answer": "no"}', '{"answer": "yes"}'])

    def check(answer: Probe) -> Sequence[str]:
        return [] if answer.answer == "yes" else ["Say yes."]

    assert ask(check=check).answer == "yes"
    assert "Say yes." in llm.requests()[1]["prompt"]


def test_json_is_found_in_prose_and_fences(llm: LLMServer) -> None:
    for text in (
        'Sure! {"answer": "a"} Anything else?',
        '```json\n{"answer": "a"}\n```',
        '{"answer": "a",\n"more": "b\nc"}',
    ):
        llm.configure(script=[text])
        assert ask().answer == "a"


# --- what it costs


class Tally:
    def __init__(self, refuse_after: int = 99) -> None:
        self.used: list[Usage] = []
        self._refuse_after = refuse_after

    async def allow(self) -> None:
        if len(self.used) >= self._refuse_after:
            raise RuntimeError("enough")

    async def spend(self, usage: Usage) -> None:
        self.used.append(usage)


def test_each_answered_call_is_accounted_for(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PRICES = {"stand-in": [10, 100]}
    always(llm, "prose", times=1)
    tally = Tally()
    with metered(tally):
        ask()
    assert len(tally.used) == 2
    for usage in tally.used:
        expected = Decimal(usage.tokens_in * 10 + usage.tokens_out * 100) / 1_000_000
        assert usage.cost == expected > 0


def test_a_meter_can_refuse_the_next_call(llm: LLMServer) -> None:
    always(llm, "prose")
    with metered(Tally(refuse_after=1)), pytest.raises(RuntimeError, match="enough"):
        ask()
    assert llm.stats()["calls"] == 1


# --- settings


def test_each_task_may_have_its_model(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL_QUIZ = "sharper"
    model = language_model(llm_config())
    assert (model.model_name(Task.QUIZ), model.model_name(Task.TOPIC)) == ("sharper", "stand-in")
    asyncio.run(model.ask(Task.QUIZ, PROMPT, Probe))
    assert llm.requests()[0]["model"] == "sharper"


def test_incomplete_settings_are_told_before_any_call(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL = ""
    with pytest.raises(AIError, match="No model is named for: outline, topic, quiz"):
        llm_config()


def test_the_key_is_in_no_representation(llm: LLMServer) -> None:
    config = llm_config()
    model = LanguageModel(config)
    ask(model)
    assert "c0ffee" not in repr(config) + repr(model) + repr(vars(model))
