"""Calls to language models: gated, tried again, held to a schema and accounted for."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlsplit

import openai
from django.conf import settings
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_function
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from opentelemetry.trace import SpanKind, get_current_span
from pydantic import BaseModel, SecretStr
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from profai.ai import usage
from profai.ai.answers import WrongAnswerError, parse_answer
from profai.ai.configuration import LLMConfig
from profai.ai.errors import AnswerError, ProviderError, UnsupportedModeError
from profai.ai.failures import failure_of, outcome_of
from profai.ai.gate import Gate
from profai.ai.loop import in_calls_loop
from profai.ai.measuring import Outcome
from profai.ai.prompting import Check, Prompt
from profai.ai.providers import StructuredMode, Task
from profai.ai.tokens import estimate_tokens
from profai.ai.transport import http_client
from profai.ai.usage import Usage
from telemetry.metrics import (
    LLM_CALL,
    LLM_CALLS,
    LLM_COST,
    LLM_TOKENS,
    LLM_WAIT,
    LLM_WRONG,
    count,
    observe,
    timed,
)
from telemetry.traces import span, without_requests

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

LONGEST_SHOWN = 40_000
LONGEST_PAUSE = 60.0
_wait_between = wait_random_exponential(multiplier=0.5, max=20)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. `fault` is what makes it useless before it is even read; `outcome`
    says the same in a word, for metrics."""

    text: str
    tokens_in: int
    tokens_out: int
    fault: str = ""
    outcome: Outcome = "ok"


class LanguageModel:
    """The models of one configuration. Made once a process; see `language_model`."""

    def __init__(self, config: LLMConfig) -> None:
        self._config = config
        self._mode = config.structured or config.provider.first_mode
        self._chats: dict[str, BaseChatOpenAI] = {}
        self._http = http_client(connections=config.concurrency)
        self._host = urlsplit(config.base_url).hostname or ""
        address = sha256(config.base_url.encode()).hexdigest()[:12]
        self._gate = Gate(
            settings.VAR_DIR / "model-calls" / address,
            slots=config.concurrency,
            requests_per_minute=config.requests_per_minute,
        )

    async def close(self) -> None:
        """Close the connections that are kept for later calls; a later call opens new ones."""
        unused, self._http = self._http, http_client(connections=self._config.concurrency)
        self._chats.clear()
        await in_calls_loop(unused.aclose())

    def model_name(self, task: Task) -> str:
        return self._config.model(task)

    @property
    def mode(self) -> StructuredMode:
        """How answers are held to their schema, as far as calls have shown until now."""
        return self._mode

    async def ask(
        self, task: Task, prompt: Prompt, schema: type[T], check: Check[T] | None = None
    ) -> T:
        """An answer that fits `schema` and passes `check`; a wrong one goes back with the
        reasons. Raises ProviderError or AnswerError."""
        model = self._config.model(task)
        turns: list[BaseMessage] = [HumanMessage(prompt.user)]
        reason = ""
        for _ in range(self._config.asks):
            reply = await self._reply(model, prompt.system, turns, schema)
            try:
                return parse_answer(_usable(reply), schema, check)
            except WrongAnswerError as wrong:
                reason = str(wrong)
                count(LLM_WRONG, **self._labels(model))
                logger.info("An answer of %s for %s cannot be used", model, schema.__name__)
                turns = _correction(prompt, reply, reason)
        raise AnswerError(
            f"{model} gave no usable answer in {self._config.asks} tries. Last: {reason[:300]}",
            quoted=reason[:300],
        )

    async def _reply(
        self, model: str, system: str, turns: Sequence[BaseMessage], schema: type[BaseModel]
    ) -> Reply:
        """One answer, in the strictest mode that the provider takes."""
        while True:
            mode = self._mode
            try:
                return await self._retried(model, [_system(system, schema, mode), *turns], schema)
            except UnsupportedModeError:
                if self._config.structured or mode is StructuredMode.TEXT:
                    raise
                # Another call may have stepped down meanwhile.
                if mode is self._mode:
                    self._mode = list(StructuredMode)[list(StructuredMode).index(mode) + 1]
                    logger.info("Asking %s in mode %s from now on", model, self._mode)

    async def _retried(
        self, model: str, messages: list[BaseMessage], schema: type[BaseModel]
    ) -> Reply:
        policy = _Policy(self._config)
        retrying = AsyncRetrying(
            stop=policy.is_over, wait=policy.pause, retry=policy.may_help, reraise=True
        )
        async for attempt in retrying:
            number = attempt.retry_state.attempt_number
            with attempt:
                await usage.allow()
                reply, used = await in_calls_loop(self._call(model, messages, schema, number))
                await usage.spend(used)
        return reply

    def _described(
        self, model: str, schema: type[BaseModel], turns: int, attempt: int
    ) -> dict[str, str | int]:
        """For the request's span, by OpenTelemetry's names for generative models; no texts."""
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self._config.provider.title,
            "server.address": self._host,
            "gen_ai.request.model": model,
            "profai.llm.mode": str(self._mode),
            "profai.llm.schema": schema.__name__,
            "profai.llm.turns": turns,
            "profai.llm.attempt": attempt,
        }

    def _usage(self, model: str, reply: Reply) -> Usage:
        cost = self._config.price(model).of(reply.tokens_in, reply.tokens_out)
        return Usage(reply.tokens_in, reply.tokens_out, cost)

    def _count_used(self, model: str, used: Usage) -> None:
        labels = self._labels(model)
        count(LLM_TOKENS, used.tokens_in, direction="in", **labels)
        count(LLM_TOKENS, used.tokens_out, direction="out", **labels)
        count(LLM_COST, float(used.cost), **labels)

    def _labels(self, model: str) -> dict[str, str]:
        """Models are those of the settings, so that there are few."""
        return {"provider": self._config.provider.name, "model": model}

    async def _call(
        self, model: str, messages: list[BaseMessage], schema: type[BaseModel], attempt: int
    ) -> tuple[Reply, Usage]:
        """One request under a slot of the gate, in the calls' loop."""
        labels, came = self._labels(model), time.monotonic()
        async with self._gate.slot():
            observe(LLM_WAIT, time.monotonic() - came, provider=labels["provider"])
            described = self._described(model, schema, len(messages) - 1, attempt)
            with (
                span(f"chat {model}", kind=SpanKind.CLIENT, attributes=described) as current,
                # The transport tells this span what one of its own would say.
                without_requests(),
                timed(LLM_CALL, **labels),
            ):
                reply = await self._sent(model, messages, schema)
                used = self._usage(model, reply)
                current.set_attributes(_counted(used, reply))
        count(LLM_CALLS, outcome=reply.outcome, **labels)
        # It is paid for, whether or not the database takes it down.
        self._count_used(model, used)
        return reply, used

    async def _sent(
        self, model: str, messages: list[BaseMessage], schema: type[BaseModel]
    ) -> Reply:
        chat = self._chat(model)
        try:
            async with asyncio.timeout(self._config.timeout):
                message = await chat.ainvoke(messages, **_form(schema, self._mode))
        except openai.LengthFinishReasonError as error:
            return _cut_off(error, messages)
        except openai.ContentFilterFinishReasonError:
            words = "The answer was held back by a filter."
            return Reply("", _count(messages), 0, words, "refused")
        except Exception as error:  # noqa: BLE001 - all of it becomes one type
            failure = failure_of(error, self._config)
            outcome = outcome_of(error, failure)
            count(LLM_CALLS, outcome=outcome, **self._labels(model))
            get_current_span().set_attribute("profai.outcome", outcome)
            if failure.rate_limited:
                self._gate.pause(failure.retry_after or 0)
            # The cause may carry the request with its key.
            raise failure from None
        return _read(message, messages)

    def _chat(self, model: str) -> BaseChatOpenAI:
        if model not in self._chats:
            config = self._config
            kind = ChatOpenAI if config.provider.renamed_limit else BaseChatOpenAI
            self._chats[model] = kind(
                model=model,
                max_tokens=config.max_output_tokens,  # type: ignore[call-arg] # a field's alias
                base_url=config.base_url,
                api_key=SecretStr(config.key or "none"),
                temperature=config.temperature,
                max_retries=0,
                http_async_client=self._http,
                use_responses_api=False,
            )
        return self._chats[model]


class _Policy:
    """When a call is made again: rate limits are waited out, other faults counted."""

    def __init__(self, config: LLMConfig) -> None:
        self._config = config
        self._faults = 0

    def may_help(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        return isinstance(error, ProviderError) and not error.permanent

    def is_over(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        if isinstance(error, ProviderError) and error.rate_limited:
            waited = (state.seconds_since_start or 0) + (error.retry_after or 0)
            return waited > self._config.patience
        self._faults += 1
        return self._faults >= self._config.tries

    def pause(self, state: RetryCallState) -> float:
        error = _error_of(state)
        own = float(_wait_between(state))
        if not isinstance(error, ProviderError) or error.retry_after is None:
            return own
        asked = error.retry_after
        # Not all at the same moment.
        return (asked if error.rate_limited else min(asked, LONGEST_PAUSE)) + own / 10


def _counted(used: Usage, reply: Reply) -> dict[str, int | float | str]:
    return {
        "gen_ai.usage.input_tokens": used.tokens_in,
        "gen_ai.usage.output_tokens": used.tokens_out,
        "profai.llm.cost": float(used.cost),
        "profai.outcome": reply.outcome,
    }


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _form(schema: type[BaseModel], mode: StructuredMode) -> dict[str, Any]:
    if mode is StructuredMode.TEXT:
        return {}
    if mode is StructuredMode.JSON_OBJECT:
        return {"response_format": {"type": "json_object"}}
    function = convert_to_openai_function(schema, strict=True)
    form = {"name": schema.__name__, "schema": function["parameters"], "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _system(text: str, schema: type[BaseModel], mode: StructuredMode) -> SystemMessage:
    if mode is StructuredMode.JSON_SCHEMA:
        return SystemMessage(text)
    form = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    return SystemMessage(
        f"{text}\n\nAnswer with one JSON object and nothing else. It must fit this JSON Schema:\n"
        f"{form}"
    )


def _correction(prompt: Prompt, reply: Reply, reason: str) -> list[BaseMessage]:
    """The conversation so far with the complaint. Only the last wrong answer is shown, and
    none at all where there is nothing to correct."""
    request = f"This answer cannot be used: {reason}\nAnswer once more, whole and corrected."
    if not reply.text.strip() or len(reply.text) > LONGEST_SHOWN:
        return [HumanMessage(f"{prompt.user}\n\nAn earlier answer to this failed. {request}")]
    return [HumanMessage(prompt.user), AIMessage(reply.text), HumanMessage(request)]


def _cut_off(error: openai.LengthFinishReasonError, messages: list[BaseMessage]) -> Reply:
    used = error.completion.usage
    return Reply(
        "",
        used.prompt_tokens if used else _count(messages),
        used.completion_tokens if used else 0,
        "The answer was longer than allowed and was cut off. Answer more briefly.",
        "cut_off",
    )


def _usable(reply: Reply) -> str:
    if reply.fault:
        raise WrongAnswerError(reply.fault)
    return reply.text


def _read(message: AIMessage, messages: list[BaseMessage]) -> Reply:
    text = str(message.text)
    used = message.usage_metadata
    fault = ""
    outcome: Outcome = "ok"
    if message.additional_kwargs.get("refusal"):
        fault = "The model declined to answer. The task is to teach what the passages say."
        outcome = "refused"
    elif message.response_metadata.get("finish_reason") == "length":
        fault = "The answer was longer than allowed and was cut off. Answer more briefly."
        outcome = "cut_off"
    return Reply(
        text,
        used["input_tokens"] if used else _count(messages),
        used["output_tokens"] if used else estimate_tokens(text),
        fault,
        outcome,
    )


def _count(messages: list[BaseMessage]) -> int:
    return sum(estimate_tokens(str(message.text)) for message in messages)


@lru_cache(maxsize=4)
def language_model(config: LLMConfig) -> LanguageModel:
    """The process's one client for a configuration, with its connections and its gate."""
    return LanguageModel(config)
