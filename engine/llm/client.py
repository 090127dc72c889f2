"""Calls language models, with rate limits, retries, answer schemas and cost accounting."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_function
from langchain_openai.chat_models.base import BaseChatOpenAI
from opentelemetry.trace import SpanKind, get_current_span
from pydantic import BaseModel, SecretStr
from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from engine.llm import usage
from engine.llm.answers import WrongAnswerError, parse_answer, without_thoughts
from engine.llm.completions import CUT_OFF, FILTERED
from engine.llm.configuration import LLMConfig
from engine.llm.dialects import Dialect, Dialects
from engine.llm.errors import AnswerError, ProviderError
from engine.llm.failures import failure_of, outcome_of, prompt_settings, refusal_of
from engine.llm.gate import Gate
from engine.llm.loop import in_calls_loop
from engine.llm.prompting import Check, Prompt, Repeats, estimate_tokens
from engine.llm.providers import MORE_KEYWORDS, StructuredMode, Task
from engine.llm.refusals import Kind
from engine.llm.streaming import STREAMED, current_draft
from engine.llm.transport import http_client
from engine.llm.usage import Outcome, Usage
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
from telemetry.secret_values import remember_secret
from telemetry.traces import span, without_requests

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

MAX_SHOWN_ANSWER = 40_000
MAX_KEPT_ANSWER = 10_000  # characters of a refused answer that staff can look at
MAX_PAUSE = 60.0
_wait_between = wait_random_exponential(multiplier=0.5, max=20)
# So many answers of a wrong form in a row show that the provider ignores the mode.
WRONG_FORMS = 2
# A grammar that counts further than this takes long to build, and some servers refuse it.
MAX_COUNTED_LENGTH = 1500
# How often one call is repeated with other parameters after refusals.
MAX_WAYS = 8
# Not even the most economical tokeniser takes fewer tokens than this for so many characters.
MAX_CHARACTERS_A_TOKEN = 6
MIN_JUDGED_TOKENS = 1000  # tokens
MAX_QUOTED = 300  # characters of a wrong answer's faults in a message for staff
TOO_SMALL = (
    "The model seems too small for this task, or its server is set up wrongly: choose a larger "
    "model in LLM_MODEL."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. `fault` says what makes it useless before it is even read, `instruction`
    what the model has to do about it; `outcome` is the fault's name in metrics; `advice` is for
    staff."""

    text: str
    tokens_in: int
    tokens_out: int
    fault: str = ""
    instruction: str = ""
    outcome: Outcome = "ok"
    advice: str = ""


class LanguageModel:
    """The models of one configuration, one object in each process; see `language_model`."""

    def __init__(self, config: LLMConfig) -> None:
        # A key that was rotated a moment ago is used before the settings are read again.
        remember_secret(config.key)
        self._config = config
        self._chats: dict[str, BaseChatOpenAI] = {}
        self._wrong_forms: dict[str, int] = {}
        self._unstreamed: set[str] = set()  # models whose provider does not stream
        self._http = self._client()
        self._host = urlsplit(config.base_url).hostname or ""
        # A new key has limits of its own.
        account = sha256(f"{config.base_url}\n{config.key}".encode()).hexdigest()[:12]
        folder = config.folder / account
        self._gate = Gate(
            folder, slots=config.concurrency, requests_per_minute=config.requests_per_minute
        )
        first = Dialect(
            config.structured or config.provider.first_mode,
            config.provider.limit,
            config.max_output_tokens,
        )
        self._dialects = Dialects(folder, first)

    def _client(self) -> httpx.AsyncClient:
        config = self._config
        headers = dict(config.extra_headers)
        if config.provider.key_header and config.key:
            headers |= {config.provider.key_header: config.key, "authorization": ""}
        return http_client(connections=config.concurrency, proxy=config.proxy, headers=headers)

    async def close(self) -> None:
        """Closes the connections kept for later calls; a later call opens new ones."""
        unused, self._http = self._http, self._client()
        self._chats.clear()
        await in_calls_loop(unused.aclose())

    def model_name(self, task: Task) -> str:
        return self._config.model(task)

    @property
    def mode(self) -> StructuredMode:
        """The way of asking for structured answers that has worked so far."""
        return self.mode_of(Task.TOPIC)

    def mode_of(self, task: Task) -> StructuredMode:
        return self._dialects.of(self._config.model(task)).mode

    def keeps_schema(self, task: Task) -> bool:
        """Whether the provider makes each answer fit its schema, enums included."""
        return not self._is_told(self.mode_of(task))

    def weaker_mode(self, task: Task) -> str:
        """Returns a sentence for staff if answers come in a weaker mode than the first; or ""."""
        mode, model = self.mode_of(task), self._config.model(task)
        if mode is self._dialects.first.mode:
            return ""
        return (
            f"{model} or its provider did not keep to the form of answer that was asked for, so "
            f"it is asked in a weaker way ({mode}). Answers fail more often then: a model that "
            "keeps to forms gives more questions."
        )

    def forget(self) -> None:
        """Forgets what calls have found out about the provider."""
        for _, model in self._config.models:
            self._dialects.forget(model)

    async def ask(
        self,
        task: Task,
        prompt: Prompt,
        schema: type[T],
        check: Check[T] | None = None,
        repeats: Repeats | None = None,
    ) -> T:
        """Returns an answer that fits `schema` and passes `check`.

        A wrong answer is sent back with the reasons, `asks` times in all and as far as `repeats`
        allow. Raises ProviderError or AnswerError.
        """
        model = self._config.model(task)
        turns: list[BaseMessage] = [HumanMessage(prompt.user)]
        fault = advice = last = ""
        asked = 0
        while asked < self._config.asks and (not asked or repeats is None or repeats.take()):
            asked += 1
            reply = await self._reply(model, prompt, turns, schema)
            try:
                if reply.fault:
                    raise WrongAnswerError(reply.fault, reply.instruction)  # noqa: TRY301 - handled as all wrong answers
                answer = parse_answer(reply.text, schema, check)
            except WrongAnswerError as wrong:
                fault, advice = wrong.fault[:MAX_QUOTED], reply.advice or TOO_SMALL
                last = without_thoughts(reply.text).strip()[:MAX_KEPT_ANSWER]
                count(LLM_WRONG, **self._labels(model))
                logger.info("An answer of %s for %s cannot be used", model, schema.__name__)
                turns = _correction(prompt, reply, wrong.instruction or wrong.fault)
                if wrong.is_form:
                    self._count_wrong_form(model)
            else:
                self._wrong_forms.pop(model, None)
                return answer
        raise AnswerError(
            f"{model} gave no usable answer in {asked} tries. {advice} What was wrong "
            f"with its last answer: {fault}",
            quoted=fault,
            answer=last,
        )

    def _count_wrong_form(self, model: str) -> None:
        """Counts an answer of a wrong form; after WRONG_FORMS in a row a weaker mode is used."""
        self._wrong_forms[model] = self._wrong_forms.get(model, 0) + 1
        if self._config.structured or self._wrong_forms[model] < WRONG_FORMS:
            return
        weaker = self._dialects.of(model).step_down()
        if weaker:
            self._wrong_forms.pop(model, None)
            self._learn(model, weaker)

    def _learn(self, model: str, dialect: Dialect, *, keep: bool = True) -> None:
        self._dialects.learn(model, dialect, keep=keep)
        logger.info("Asking %s in mode %s from now on", model, dialect.mode)

    async def _reply(
        self, model: str, prompt: Prompt, turns: Sequence[BaseMessage], schema: type[BaseModel]
    ) -> Reply:
        """Returns one answer, adapting the request to what the provider refuses."""
        before = self._dialects.of(model)
        for _ in range(MAX_WAYS):
            dialect = self._dialects.of(model)
            messages = _messages(prompt, turns, schema if self._is_told(dialect.mode) else None)
            try:
                reply = await self._retried(model, messages, schema)
            except ProviderError as error:
                now = self._dialects.of(model)
                # Another call may have learned something meanwhile.
                other = now if now != dialect else self._other_way(dialect, error, messages)
                if other is None:
                    if _may_be_the_mode(error):
                        # Refused in the weakest mode, too: then the mode was not the reason.
                        self._dialects.learn(model, before, keep=False)
                    raise
                if other != now:
                    # A mode is kept once it has brought an answer.
                    self._learn(model, other, keep=False)
            else:
                if dialect != before:
                    self._dialects.learn(model, dialect)
                return reply
        raise AnswerError(f"{model} refused the call in {MAX_WAYS} different ways.")

    def _other_way(
        self, dialect: Dialect, error: ProviderError, messages: list[BaseMessage]
    ) -> Dialect | None:
        other = dialect.after(error, _count(messages))
        if other or not _may_be_the_mode(error):
            return other
        has_more = self._config.provider.refused != MORE_KEYWORDS
        if has_more and not dialect.is_plain and dialect.mode is StructuredMode.JSON_SCHEMA:
            # Perhaps it takes the schema without keywords that similar providers take.
            return replace(dialect, is_plain=True)
        return None if self._config.structured else dialect.step_down()

    def _is_told(self, mode: StructuredMode) -> bool:
        """Whether the prompt must contain the schema."""
        config = self._config
        is_kept = config.provider.keeps_schema and (
            not config.provider.base_url or config.base_url == config.provider.base_url
        )
        return not (is_kept and mode is StructuredMode.JSON_SCHEMA)

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
                try:
                    reply, used = await in_calls_loop(self._call(model, messages, schema, number))
                except BaseException:
                    await self._spend_on_draft(model, messages)
                    raise
                await usage.spend(used)
        return reply

    async def _spend_on_draft(self, model: str, messages: Sequence[BaseMessage]) -> None:
        """Counts an answer that broke off or that nobody waits for, as far as it had come."""
        draft = current_draft()
        if draft is None or not draft.has_begun:
            return
        draft.has_begun = False
        read, written = _count(messages), estimate_tokens(draft.text)
        await usage.spend(Usage(read, written, self._config.price(model).of(read, written)))

    def _labels(self, model: str) -> dict[str, str]:
        """Returns labels of few values: models are those of the settings."""
        return {"provider": self._config.provider.name, "model": model}

    async def _call(
        self, model: str, messages: list[BaseMessage], schema: type[BaseModel], attempt: int
    ) -> tuple[Reply, Usage]:
        """Makes one request when the gate allows it, in the calls' event loop."""
        labels, came = self._labels(model), time.monotonic()
        async with self._gate.slot():
            observe(LLM_WAIT, time.monotonic() - came, provider=labels["provider"])
            # By OpenTelemetry's conventions for models; no texts.
            described: dict[str, str | int] = {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": self._config.provider.title,
                "server.address": self._host,
                "gen_ai.request.model": model,
                "profai.llm.mode": str(self._dialects.of(model).mode),
                "profai.llm.schema": schema.__name__,
                "profai.llm.turns": len(messages) - 1,
                "profai.llm.attempt": attempt,
            }
            with (
                span(f"chat {model}", kind=SpanKind.CLIENT, attributes=described) as current,
                # The transport adds to this span what a span of its own would have.
                without_requests(),
                timed(LLM_CALL, **labels),
            ):
                reply = await self._sent(model, messages, schema)
                cost = self._config.price(model).of(reply.tokens_in, reply.tokens_out)
                used = Usage(reply.tokens_in, reply.tokens_out, cost)
                current.set_attributes(_counted(used, reply))
        count(LLM_CALLS, outcome=reply.outcome, **labels)
        # It is paid for, whether or not the database can store it.
        count(LLM_TOKENS, used.tokens_in, direction="in", **labels)
        count(LLM_TOKENS, used.tokens_out, direction="out", **labels)
        count(LLM_COST, float(used.cost), **labels)
        return reply, used

    async def _sent(
        self, model: str, messages: list[BaseMessage], schema: type[BaseModel]
    ) -> Reply:
        chat, dialect = self._chat(model), self._dialects.of(model)
        refused = MORE_KEYWORDS if dialect.is_plain else self._config.provider.refused
        form = _form(schema, dialect.mode, refused) | dialect.parameters(self._config.temperature)
        body = json.loads(self._config.extra_body)
        is_streamed = current_draft() is not None and model not in self._unstreamed
        if is_streamed:
            body = STREAMED | body
        try:
            async with asyncio.timeout(self._config.timeout):
                message = await chat.ainvoke(messages, extra_body=dialect.body | body, **form)
        except Exception as error:  # noqa: BLE001 - all of it becomes one type
            refusal = refusal_of(error)
            if is_streamed and refusal is not None and "stream" in refusal.said.lower():
                self._unstreamed.add(model)
                return await self._sent(model, messages, schema)
            if refusal is not None and refusal.kind is Kind.ANSWER:
                # What the model wrote and its provider could not bring into the form.
                text = refusal.generation
                fault = "" if "{" in text else "It was no JSON object."
                return Reply(
                    text,
                    _count(messages),
                    estimate_tokens(text),
                    fault,
                    fault and "Answer with the JSON alone.",
                    outcome="rejected",
                )
            failure = failure_of(error, self._config)
            outcome = outcome_of(error, failure)
            count(LLM_CALLS, outcome=outcome, **self._labels(model))
            get_current_span().set_attribute("profai.outcome", outcome)
            if isinstance(failure, ProviderError) and failure.rate_limited:
                self._gate.pause(failure.retry_after or 0)
            # The cause may carry the request with its key.
            raise failure from None
        self._check_prompt_was_read(model, message, messages)
        return _read(message, messages, self._config.max_output_tokens)

    def _check_prompt_was_read(
        self, model: str, message: AIMessage, messages: list[BaseMessage]
    ) -> None:
        """Raises ProviderError if the server cut the prompt without saying so."""
        used = message.usage_metadata
        least = sum(len(str(one.text)) for one in messages) // MAX_CHARACTERS_A_TOKEN
        if not used or not 0 < used["input_tokens"] < least or least < MIN_JUDGED_TOKENS:
            return
        raise ProviderError(
            f"{model} read only {used['input_tokens']:,} tokens of a prompt of some "
            f"{_count(messages):,}: its server cuts long prompts without saying so. Give the model "
            "a longer context (Ollama: num_ctx, or OLLAMA_CONTEXT_LENGTH=16384 for its server; LM "
            "Studio and llama.cpp: the context length at loading), or set "
            f"{prompt_settings(self._config)}.",
            permanent=True,
            kind=Kind.CONTEXT,
        )

    def _chat(self, model: str) -> BaseChatOpenAI:
        if model not in self._chats:
            config = self._config
            address, _, query = config.base_url.partition("?")
            self._chats[model] = BaseChatOpenAI(
                model=model,
                base_url=address,
                api_key=SecretStr(config.key or "none"),
                default_query=dict(parse_qsl(query)) or None,
                max_retries=0,
                http_async_client=self._http,
                # Else it warns, of a client that is never used, where a proxy is configured.
                http_socket_options=(),
                use_responses_api=False,
            )
        return self._chats[model]


def _may_be_the_mode(error: ProviderError) -> bool:
    """Whether a refusal may be about the mode: its reason is the schema, or unknown.

    "Not found" is about the address, unless the provider searched for a suitable model.
    """
    if error.kind is Kind.SERVER:
        said = error.refusal.said.lower() if error.refusal else ""
        return "endpoint" in said or "parameter" in said
    return error.kind in {Kind.SCHEMA, Kind.UNKNOWN, Kind.PARAMETER}


class _Policy:
    """Decides on retries: rate limits are waited out, other faults are counted."""

    def __init__(self, config: LLMConfig) -> None:
        # A key that was rotated a moment ago is used before the settings are read again.
        remember_secret(config.key)
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
        return (asked if error.rate_limited else min(asked, MAX_PAUSE)) + own / 10


def _counted(used: Usage, reply: Reply) -> dict[str, int | float | str]:
    return {
        "gen_ai.usage.input_tokens": used.tokens_in,
        "gen_ai.usage.output_tokens": used.tokens_out,
        "profai.llm.cost": float(used.cost),
        "profai.outcome": reply.outcome,
    }


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _form(schema: type[BaseModel], mode: StructuredMode, refused: frozenset[str]) -> dict[str, Any]:
    if mode is StructuredMode.TEXT:
        return {}
    if mode is StructuredMode.JSON_OBJECT:
        return {"response_format": {"type": "json_object"}}
    function = convert_to_openai_function(schema, strict=True)
    parameters = _without(function["parameters"], refused)
    form = {"name": schema.__name__, "schema": parameters, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _messages(
    prompt: Prompt, turns: Sequence[BaseMessage], schema: type[BaseModel] | None
) -> list[BaseMessage]:
    """Returns the conversation. A schema ends its first message, or that of the system.

    There it stands after all that calls have in common, which providers may keep in a cache.
    """
    if schema is None:
        return [SystemMessage(prompt.system), *turns]
    form = json.dumps(_told(schema.model_json_schema()), ensure_ascii=False, separators=(",", ":"))
    order = (
        "Answer with one JSON object and nothing else. Give every property. It must fit this JSON "
        f"Schema:\n{form}"
    )
    system, user = prompt.system, str(turns[0].text)
    if prompt.is_form_fixed:
        system, user = f"{system}\n\n{order}", f"{user}\n\nAnswer with the JSON object alone."
    else:
        user = f"{user}\n\n{order}"
    return [SystemMessage(system), HumanMessage(user), *turns[1:]]


# What a model need not read: the names that pydantic gives to each property, defaults and lists of
# the wanted properties, where all are wanted, and that a text is not empty.
_UNTOLD = frozenset({"title", "default", "required", "minLength", "additionalProperties"})


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema as a prompt tells it: as short as says the same."""
    told: dict[str, Any] = _with_ranges(_without(schema, _UNTOLD))
    return told | {"title": schema["title"]}


def _with_ranges(schema: Any) -> Any:
    """Returns a schema that tells numbers which follow each other by the first and the last; from 1
    on without the last, so that the form is the same however many things a prompt numbers.
    """
    if isinstance(schema, list):
        return [_with_ranges(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    numbers = schema.get("enum")
    told = {name: _with_ranges(part) for name, part in schema.items()}
    if isinstance(numbers, list) and numbers and all(type(one) is int for one in numbers):
        first, last = numbers[0], numbers[-1]
        if numbers == list(range(first, last + 1)):
            del told["enum"]
            return told | {"minimum": first} | ({"maximum": last} if first > 1 else {})
    return told


def _without(schema: Any, names: frozenset[str], *, of_properties: bool = False) -> Any:
    """Returns a JSON schema without these keywords; properties may have such names.

    A constant becomes an enum of one, which more providers know.
    """
    if isinstance(schema, list):
        return [_without(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _without(part, names, of_properties=name == "properties" and not of_properties)
        for name, part in schema.items()
        if of_properties
        or not (
            name in names
            or (name == "maxLength" and isinstance(part, int) and part > MAX_COUNTED_LENGTH)
        )
    }
    return kept if of_properties or "const" not in kept else kept | {"enum": [kept.pop("const")]}


def _correction(prompt: Prompt, reply: Reply, reason: str) -> list[BaseMessage]:
    """Returns the conversation with what the next answer has to do better.

    Earlier wrong answers are left out, and so is one that is empty or too long. There is no word
    of failure in it: small models write into their answer what they read last.
    """
    request = f"{reason}\nWrite the whole answer again, with this put right."
    text = without_thoughts(reply.text).strip()
    if not text or len(text) > MAX_SHOWN_ANSWER:
        return [HumanMessage(f"{prompt.user}\n\n{reason}")]
    return [HumanMessage(prompt.user), AIMessage(text), HumanMessage(request)]


def _read(message: AIMessage, messages: list[BaseMessage], longest: int) -> Reply:
    text = str(message.text)
    used = message.usage_metadata
    tokens_in = used["input_tokens"] if used else _count(messages)
    tokens_out = used["output_tokens"] if used else estimate_tokens(text)
    finish = str(message.response_metadata.get("finish_reason") or "").lower()
    fault = instruction = advice = ""
    outcome: Outcome = "ok"
    if message.additional_kwargs.get("refusal"):
        fault = "The model declined to answer."
        instruction = "The task is to teach what the passages say."
        outcome = "refused"
    elif finish == CUT_OFF:
        fault = "The answer was longer than allowed and was cut off."
        instruction = "Answer more briefly."
        outcome, advice = "cut_off", _room(used, text, tokens_out, longest)
    elif not without_thoughts(text).strip():
        if finish == FILTERED:
            fault = "The answer was held back by a filter."
            instruction = "Say the same in other words."
            outcome, advice = "refused", "The provider's filter held it back."
        else:
            fault = "The answer is empty."
            advice = f"The provider ended it with “{finish}”. {TOO_SMALL}"
    return Reply(text, tokens_in, tokens_out, fault, instruction, outcome, advice)


def _room(used: Mapping[str, Any] | None, text: str, tokens_out: int, longest: int) -> str:
    """Tells staff what used the answer's tokens, and which setting allows more."""
    details = (used or {}).get("output_token_details") or {}
    thoughts = text[: len(text) - len(without_thoughts(text))]
    thought = int(details.get("reasoning") or 0) or (estimate_tokens(thoughts) if thoughts else 0)
    spent = f"{tokens_out:,} tokens"
    if thought:
        spent += f", {thought:,} of them for thinking before the answer"
    return f"It used {spent}: set LLM_MAX_OUTPUT_TOKENS (now {longest}) higher."


def _count(messages: Sequence[BaseMessage]) -> int:
    return sum(estimate_tokens(str(message.text)) for message in messages)


@lru_cache(maxsize=4)
def language_model(config: LLMConfig) -> LanguageModel:
    """Returns the process's only client for a configuration, with its connections."""
    return LanguageModel(config)
