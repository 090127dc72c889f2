"""The real client against a server that fails in every known way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pydantic import BaseModel, Field
from pytest_django.fixtures import Settings

from engine.lessons.llm.schemas import lesson_form
from engine.llm.client import LanguageModel, _told, language_model
from engine.llm.completions import completion_of
from engine.llm.configuration import llm_config
from engine.llm.errors import AIError, AnswerError, ProviderError
from engine.llm.prompting import Prompt
from engine.llm.providers import PROVIDERS, StructuredMode, Task
from engine.llm.proxies import proxy_for
from engine.llm.transport import http_client
from engine.llm.usage import Usage, metered
from tests.llm_server import LLMServer
from tests.llm_server.plays import PLAYS
from tests.waiting import LONG

PROMPT = Prompt("You are a test.", "Say something.")


class Probe(BaseModel):
    answer: str


def ask(model: LanguageModel | None = None, check: Any = None) -> Probe:
    model = model or LanguageModel(llm_config(settings))
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
    model = LanguageModel(llm_config(settings))
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
        model = LanguageModel(replace(llm_config(settings), provider=provider))
        with pytest.raises(AnswerError, match="cut off"):
            ask(model)


@pytest.mark.parametrize("play", ["sarvam", "anthropic"])
def test_a_provider_that_ignores_the_form_is_told_of_it_in_the_prompt(
    llm: LLMServer, play: str
) -> None:
    llm.configure(play=play)
    assert ask().answer
    assert llm.stats()["calls"] == 1


REFUSALS_OF_A_MODE = [
    (400, {"error": {"message": "This response_format type is unavailable now"}}),
    (400, {"error": {"message": "bad request"}}),
    (400, {"error": {"message": "x" * 300 + " json_schema is not known"}}),
    (400, [{"error": {"code": 400, "message": "Unknown name: Cannot find field."}}]),
    (400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}),
    (404, {"error": {"message": "No endpoints found that can handle the requested parameters."}}),
    (422, {"detail": [{"loc": ["body", "response_format"], "msg": "extra fields not permitted"}]}),
    (500, {"error": {"message": "failed to parse grammar"}}),
    (501, {"error": {"message": "structured output is not implemented"}}),
    (415, "no"),
]


class Part(BaseModel):
    title: str = Field(default="", description="of the part")


class Whole(BaseModel):
    default: int = 1
    parts: list[Part] = []


def test_a_prompt_tells_a_form_in_few_words_and_wants_all_of_it(llm: LLMServer) -> None:
    llm.configure(structured=[], keep_prompts=True, script=['{"default": 2, "parts": []}'])
    model = LanguageModel(llm_config(settings))
    asyncio.run(model.ask(Task.TOPIC, PROMPT, Whole))
    told = llm.requests()[-1]["prompt"].split("JSON Schema:\n")[1]
    part = {"title": {"description": "of the part", "type": "string"}}
    assert json.loads(told) == {
        "title": "Whole",
        "type": "object",
        "properties": {
            "default": {"type": "integer"},
            "parts": {"items": {"$ref": "#/$defs/Part"}, "type": "array"},
        },
        "$defs": {"Part": {"type": "object", "properties": part}},
    }


def test_a_form_that_stays_the_same_is_told_before_what_changes(llm: LLMServer) -> None:
    """So that providers can keep it in a cache, however many passages a lesson has."""
    llm.configure(structured=[], keep_prompts=True)
    model = LanguageModel(llm_config(settings))
    for passages in (3, 7):
        prompt = replace(PROMPT, user=f"{passages} passages", is_form_fixed=True)
        form = lesson_form(passages, None)
        asyncio.run(model.ask(Task.TOPIC, prompt, form))
    one, other = (call["prompt"] for call in llm.requests() if call["status"] == 200)
    alike = one.partition("3 passages")[0]
    assert other.startswith(alike)
    assert '"title":"WrittenTopic"' in alike


def test_numbers_within_a_range_are_told_by_its_ends() -> None:
    schema = {"title": "T", "a": {"enum": [4, 5, 6]}, "b": {"enum": [1, 2]}, "c": {"enum": [4, 6]}}
    assert _told(schema) == {
        "title": "T",
        "a": {"minimum": 4, "maximum": 6},
        "b": {"minimum": 1},
        "c": {"enum": [4, 6]},
    }


@pytest.mark.parametrize(("status", "body"), REFUSALS_OF_A_MODE)
def test_a_refusal_in_a_structured_mode_is_one_step_down(
    llm: LLMServer, status: int, body: object
) -> None:
    model = LanguageModel(llm_config(settings))
    llm.configure(script=[{"status": status, "body": body}, '{"answer": "yes"}'])
    assert ask(model).answer == "yes"
    assert model.mode is StructuredMode.JSON_OBJECT
    assert llm.stats()["calls"] == 2


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Invalid API key"),
        (404, "The model `stand-in` does not exist"),
        (400, "This model's maximum context length is 10 tokens, your prompt has 400"),
    ],
)
def test_a_refusal_for_length_key_or_model_is_none(
    llm: LLMServer, status: int, message: str
) -> None:
    model = LanguageModel(llm_config(settings))
    llm.configure(script=[{"status": status, "body": {"error": {"message": message}}}])
    with pytest.raises(ProviderError):
        ask(model)
    assert model.mode is StructuredMode.JSON_SCHEMA
    assert llm.stats()["calls"] == 1


def test_two_answers_of_a_wrong_form_in_a_row_are_one_step_down(llm: LLMServer) -> None:
    model = LanguageModel(llm_config(settings))
    llm.configure(script=["Well.", '{"answer": 5}', '{"answer": "yes"}'])
    assert ask(model).answer == "yes"
    assert model.mode is StructuredMode.JSON_OBJECT
    # One in a while is no reason.
    llm.configure(script=["Well.", '{"answer": "yes"}', "Well.", '{"answer": "yes"}'])
    assert ask(model).answer == ask(model).answer == "yes"
    assert model.mode is StructuredMode.JSON_OBJECT


def test_the_mode_found_is_kept_with_the_provider(llm: LLMServer, settings: Settings) -> None:
    llm.configure(play="deepseek")
    ask()
    calls = llm.stats()["calls"]
    another = LanguageModel(llm_config(settings))
    assert ask(another).answer
    assert another.mode is StructuredMode.JSON_OBJECT
    assert llm.stats()["calls"] == calls + 1
    settings.LLM_MODEL = "another-model"
    assert LanguageModel(llm_config(settings)).mode is StructuredMode.JSON_SCHEMA


def test_what_is_refused_in_every_mode_is_no_matter_of_the_mode(llm: LLMServer) -> None:
    model = LanguageModel(llm_config(settings))
    llm.configure(script=[{"status": 400, "body": {"error": {"message": "No."}}}] * 3)
    with pytest.raises(ProviderError, match="No\\."):
        ask(model)
    assert ask(model).answer
    assert LanguageModel(llm_config(settings)).mode is StructuredMode.JSON_SCHEMA


# --- faults of transport


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("server_error", r"fault of its own.*ProfAI tried the call 2 times.*what is done is kept"),
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
    ("fault", "words"),
    [("quota", "quota is used up"), ("context_length", r"LLM_TOPIC_TOKENS \(now 6000\)")],
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
    assert "[hidden]" in str(raised.value)
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
    assert time.monotonic() - started < LONG


def test_a_rate_limit_says_that_nothing_has_to_be_done(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PATIENCE = 0
    always(llm, "rate_limit", seconds=0)
    with pytest.raises(ProviderError, match="ProfAI waits and goes on by itself"):
        ask()


def test_all_calls_pause_when_one_is_told_to(llm: LLMServer, settings: Settings) -> None:
    always(llm, "rate_limit", times=1, seconds=0.5)
    model = LanguageModel(llm_config(settings))

    async def both() -> None:
        await model.ask(Task.TOPIC, PROMPT, Probe)
        await asyncio.gather(*(model.ask(Task.TOPIC, PROMPT, Probe) for _ in range(2)))

    asyncio.run(both())
    first, *others = llm.requests()
    assert all(call["started"] - first["ended"] >= 0.45 for call in others)


def test_calls_in_flight_stay_within_the_limit(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 3
    llm.configure(latency=0.05)
    model = LanguageModel(llm_config(settings))

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
    with pytest.raises(AnswerError, match="no usable answer in 3 tries") as raised:
        ask()
    assert llm.stats()["calls"] == 5
    # What the model is told to do is no advice for staff.
    assert "Answer with the JSON alone" not in str(raised.value)
    advice = (
        "LLM_MAX_OUTPUT_TOKENS" if fault in {"length", "oversized"} else "choose a larger model"
    )
    assert advice in str(raised.value)


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


@pytest.mark.parametrize("play", ["groq", "sarvam", "mistral", "ollama", "llamacpp", "deepseek"])
def test_thoughts_are_no_answer_and_cost_no_call(llm: LLMServer, play: str) -> None:
    llm.configure(play=play)
    model = LanguageModel(llm_config(settings))
    ask(model)
    calls = llm.stats()["calls"]
    assert not ask(model).answer.startswith("Draft")
    assert llm.stats()["calls"] == calls + 1


def test_what_a_provider_could_not_bring_into_form_is_asked_again(llm: LLMServer) -> None:
    llm.configure(play="groq", faults=[{"name": "play:answer", "share": 1.0, "times": 1}])
    assert ask().answer


def test_what_a_provider_could_not_bring_into_form_may_be_of_use(llm: LLMServer) -> None:
    error = {"code": "json_validate_failed", "failed_generation": 'So: {"answer": "yes"}'}
    llm.configure(script=[{"status": 400, "body": {"error": error | {"message": "Failed."}}}])
    assert ask().answer == "yes"
    assert llm.stats()["calls"] == 1


@pytest.mark.parametrize("play", ["azure", "openrouter", "deepseek", "qwen", "litellm"])
def test_a_prompt_that_a_filter_refuses_concerns_this_answer_only(
    llm: LLMServer, play: str
) -> None:
    model = LanguageModel(replace(llm_config(settings), structured=StructuredMode.TEXT))
    llm.configure(play=play, faults=[{"name": "play:filter", "share": 1.0}])
    with pytest.raises(AnswerError, match="filter") as raised:
        ask(model)
    assert raised.value.permanent


def test_an_answer_that_a_filter_holds_back_is_asked_for_again(llm: LLMServer) -> None:
    always(llm, "filtered", times=1)
    assert ask().answer
    assert llm.stats()["calls"] == 2


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


@pytest.mark.parametrize("count", [-1, None, "many", 1.5, 10**12])
def test_a_count_of_tokens_that_cannot_be_one_is_not_believed(llm: LLMServer, count: Any) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    choice = {"message": {"role": "assistant", "content": '{"answer": "yes"}'}}
    llm.configure(script=[{"body": {"choices": [choice], "usage": usage}}])
    tally = Tally()
    with metered(tally):
        assert ask().answer == "yes"
    (used,) = tally.used
    assert 0 < used.tokens_in < 1000
    assert 0 < used.tokens_out < 100


# --- refusals, kind by kind


def scripted(llm: LLMServer, *replies: Any) -> None:
    llm.configure(script=list(replies), keep_prompts=True)


def error(message: str, status: int = 400, **more: Any) -> dict[str, Any]:
    headers = more.pop("headers", {})
    return {"status": status, "body": {"error": {"message": message} | more}, "headers": headers}


@pytest.mark.parametrize(
    ("play", "kind"),
    [
        (play.name, kind)
        for play in PLAYS.values()
        for kind in play.errors
        if kind not in {"rate", "overloaded", "away", "answer", "schema", "filter"}
        if play.errors[kind][0] >= 400
    ],
)
def test_what_cannot_pass_is_told_at_once(llm: LLMServer, play: str, kind: str) -> None:
    """After one call, with advice, in one type, without the key."""
    llm.configure(play=play)
    model = LanguageModel(llm_config(settings))
    ask(model)
    calls = llm.stats()["calls"]
    llm.configure(play=play, faults=[{"name": f"play:{kind}", "share": 1.0}])
    with pytest.raises(ProviderError) as raised:
        ask(model)
    assert raised.value.permanent
    assert llm.stats()["calls"] == calls + 1
    assert any(word in str(raised.value) for word in ("LLM_", "etry the job", "choose"))
    assert "ffee" not in str(raised.value)


def test_an_error_in_disguise_is_read(llm: LLMServer) -> None:
    body = {"error": {"code": 401, "message": "No auth credentials found"}}
    scripted(llm, {"status": 200, "body": body})
    with pytest.raises(ProviderError, match=r"\(401\): No auth credentials.*Check LLM_API_KEY"):
        ask()
    assert llm.stats()["calls"] == 1


def test_an_unknown_reason_to_end_is_named(llm: LLMServer) -> None:
    choice = {"message": {"content": ""}, "finish_reason": "LANGUAGE"}
    scripted(llm, *[{"body": {"choices": [choice]}}] * 3)
    with pytest.raises(AnswerError, match="ended it with “language”"):
        ask()


def test_a_long_pause_is_told_and_not_waited_for(llm: LLMServer) -> None:
    scripted(llm, error("Slow down", 429, headers={"retry-after": "7200"}))
    with pytest.raises(
        ProviderError, match=r"may go on in 2 h 1 min.*what is done is kept"
    ) as raised:
        ask()
    assert raised.value.permanent
    # Nobody else is held back by it.
    assert ask().answer


@pytest.mark.parametrize("wait", ["nan", "inf", "1e999", "-1", "soon"])
def test_a_pause_that_is_no_number_of_seconds_stops_nobody(llm: LLMServer, wait: str) -> None:
    scripted(llm, error("Slow down", 429, headers={"retry-after": wait}))
    assert ask().answer
    assert llm.stats()["calls"] == 2


@pytest.mark.parametrize(
    ("message", "status", "expected"),
    [
        (
            "max_tokens is too large: 6000. This model supports at most 4096 completion tokens",
            400,
            4096,
        ),
        ("`max_tokens` must be less than or equal to `8192`", 400, 0),
        ("Range of max_tokens should be [1, 2000]", 400, 2000),
        (
            "The maximum context length is 8192 tokens, you have 4233 tokens in the messages",
            400,
            8192 - 4233 - 64,
        ),
        (
            "Request too large for `m` on tokens per minute (TPM): Limit 6000, Requested 8100",
            413,
            6000 - 2100 - 64,
        ),
    ],
)
def test_a_limit_is_learned_from_the_answer(
    llm: LLMServer, message: str, status: int, expected: int
) -> None:
    scripted(llm, error(message, status), '{"answer": "yes"}')
    model = LanguageModel(llm_config(settings))
    if not expected:
        with pytest.raises(ProviderError, match="LLM_MAX_OUTPUT_TOKENS"):
            ask(model)
        return
    assert ask(model).answer == "yes"
    assert llm.requests()[-1]["limit"] == expected


@pytest.mark.parametrize(
    ("play", "sent"),
    [
        ("openai", {"max_completion_tokens": 6000}),
        ("mistral", {"max_tokens": 6000, "temperature": 0.3}),
        ("qwen", {"max_tokens": 5000, "temperature": 0.3, "enable_thinking": False}),
        ("deepseek", {"max_tokens": 4000, "temperature": 0.3}),
    ],
)
def test_dialects_are_learned_from_refusals(
    llm: LLMServer, settings: Settings, play: str, sent: dict[str, Any]
) -> None:
    settings.LLM_TEMPERATURE = 0.3
    llm.configure(play=play)
    model = LanguageModel(llm_config(settings))
    ask(model)
    calls = llm.stats()["calls"]
    ask(model)
    assert llm.stats()["calls"] == calls + 1
    known = ("max_tokens", "max_completion_tokens", "temperature", "enable_thinking")
    last = llm.requests()[-1]["parameters"]
    assert {name: last[name] for name in known if name in last} == sent


def test_own_fields_and_headers_are_sent(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_EXTRA_BODY = {"reasoning_effort": "low"}
    settings.LLM_EXTRA_HEADERS = {"api-subscription-key": " abc-123-secret\n"}
    ask()
    (call,) = llm.requests()
    assert call["parameters"]["reasoning_effort"] == "low"
    assert call["headers"]["api-subscription-key"] == "abc-123-secret"
    settings.LLM_EXTRA_HEADERS = {"api-subscription-key": "abc\n123-secret"}
    with pytest.raises(AIError, match="LLM_EXTRA_HEADERS") as raised:
        llm_config(settings)
    assert "123-secret" not in str(raised.value)


def test_azure_gets_its_key_its_way_and_its_query(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_PROVIDER = "azure"
    settings.LLM_BASE_URL = f"{llm.base_url}/chat/completions?api-version=2024-10-21"
    llm.configure(play="azure", key="sk-test-c0ffee")
    assert ask().answer
    (call,) = llm.requests()
    assert "authorization" not in call["headers"]
    assert call["query"] == {"api-version": "2024-10-21"}


def test_a_redirect_is_told_with_its_target(llm: LLMServer) -> None:
    target = "https://llm.school.example/v1/chat/completions"
    scripted(llm, {"status": 307, "body": "", "headers": {"location": target}})
    with pytest.raises(ProviderError, match=rf"moved to {target}.*Check LLM_BASE_URL"):
        ask()


def test_a_prompt_that_was_cut_without_a_word_is_no_base_for_a_lesson(llm: LLMServer) -> None:
    usage = {"prompt_tokens": 2050, "completion_tokens": 9, "total_tokens": 2059}
    choice = {"message": {"content": '{"answer": "yes"}'}, "finish_reason": "stop"}
    scripted(llm, {"body": {"choices": [choice], "usage": usage}})
    long = Prompt("You are a test.", "Rain falls into the river. " * 3000)
    with pytest.raises(ProviderError, match=r"read only 2,050 tokens.*num_ctx"):
        asyncio.run(LanguageModel(llm_config(settings)).ask(Task.TOPIC, long, Probe))


def test_what_thinking_used_up_is_told(llm: LLMServer) -> None:
    details = {"reasoning_tokens": 5800}
    usage = {"prompt_tokens": 50, "completion_tokens": 6000, "completion_tokens_details": details}
    choice = {"message": {"content": ""}, "finish_reason": "length"}
    scripted(llm, *[{"body": {"choices": [choice], "usage": usage}}] * 3)
    with pytest.raises(
        AnswerError, match=r"6,000 tokens, 5,800 of them for thinking.*LLM_MAX_OUTPUT"
    ):
        ask()


def test_a_server_that_always_streams_is_understood(llm: LLMServer) -> None:
    lines = [
        f"data: {json.dumps({'choices': [{'delta': {'content': part}, 'index': 0}]})}"
        for part in ('{"ans', 'wer": "yes"}')
    ]
    text = "\n\n".join([*lines, "data: [DONE]"])
    assert completion_of(text)["choices"][0]["message"]["content"] == '{"answer": "yes"}'  # type: ignore[index] # it is one


# --- what stands between


def test_a_proxy_of_the_school_is_used_and_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert proxy_for("https://api.example/v1") == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://name:word@proxy.school:3128")
    monkeypatch.setenv("HTTP_PROXY", "proxy.school:3128")
    monkeypatch.setenv("NO_PROXY", "llm.school.example,.inside.example,10.0.0.0/8")
    assert proxy_for("https://api.example/v1") == "http://name:word@proxy.school:3128"
    assert proxy_for("http://api.example/v1") == "http://proxy.school:3128"
    for here in ("localhost", "127.0.0.1", "127.8.0.1", "[::1]", "llm.school.example"):
        assert proxy_for(f"https://{here}:8000/v1") == ""
    for inside in ("a.inside.example", "10.1.2.3"):
        assert proxy_for(f"https://{inside}/v1") == ""


def test_calls_go_through_the_proxy_and_its_failure_names_it(
    llm: LLMServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model server stands for the proxy: it is asked for another machine's address."""
    host = llm.base_url.removesuffix("/v1")
    settings.LLM_BASE_URL = "http://llm.far.example/v1"
    monkeypatch.setenv("http_proxy", host.replace("://", "://name:hunter2@"))
    monkeypatch.setenv("no_proxy", "")
    assert ask().answer
    assert llm.stats()["calls"] == 1
    monkeypatch.setenv("http_proxy", "http://name:hunter2@127.0.0.1:9")
    with pytest.raises(ProviderError, match=r"through the proxy 127\.0\.0\.1:9") as raised:
        ask()
    assert "hunter2" not in str(raised.value)


def test_a_school_s_own_certificate_is_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """httpx reads the file while the client is made; one that is not there cannot be read."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(FileNotFoundError):
        http_client(connections=1)


# --- settings


def test_what_was_pasted_around_settings_is_no_part_of_them(
    llm: LLMServer, settings: Settings
) -> None:
    settings.LLM_BASE_URL = f" “{llm.base_url}/chat/completions/” \n"
    settings.LLM_MODEL = "\u00a0\u2018stand-in\u2019\n"
    settings.LLM_PROVIDER = " Custom\n"
    assert ask().answer
    assert llm.requests()[0]["model"] == "stand-in"
    settings.LLM_MODEL = "stand in"
    with pytest.raises(AIError, match="“stand in” is no model's name"):
        llm_config(settings)


def test_each_task_may_have_its_model(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL_QUIZ = "sharper"
    model = language_model(llm_config(settings))
    assert (model.model_name(Task.QUIZ), model.model_name(Task.TOPIC)) == ("sharper", "stand-in")
    asyncio.run(model.ask(Task.QUIZ, PROMPT, Probe))
    assert llm.requests()[0]["model"] == "sharper"


def test_incomplete_settings_are_told_before_any_call(llm: LLMServer, settings: Settings) -> None:
    settings.LLM_MODEL = ""
    with pytest.raises(AIError, match="No model is named for: outline, topic, quiz"):
        llm_config(settings)


def test_the_key_is_in_no_representation(llm: LLMServer) -> None:
    config = llm_config(settings)
    model = LanguageModel(config)
    ask(model)
    assert "c0ffee" not in repr(config) + repr(model) + repr(vars(model))
