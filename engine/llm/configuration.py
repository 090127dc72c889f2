"""Reads the settings of language models into one value, and checks them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from engine.llm.errors import AIError
from engine.llm.pasted import is_carried, key_of, key_problem, pasted
from engine.llm.providers import PROVIDERS, Provider, StructuredMode, Task
from engine.llm.proxies import is_local, proxy_for
from engine.llm.usage import FREE, Price


class Settings(Protocol):
    """Has each setting as an attribute; they are read at each call, as a key may change."""

    def __getattr__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class LLMConfig:
    """Times in seconds. `folder`: what this machine's processes share about calls. `tries` is how
    often a call that fails is made; `asks`, how often a model is asked until its answer can be
    used; `patience`, how long a rate limit is waited out.
    `outline_tokens` and `topic_tokens`: how much of the documents one call shows the model."""

    folder: Path
    provider: Provider
    base_url: str
    key: str = field(repr=False)
    models: tuple[tuple[Task, str], ...]
    structured: StructuredMode | None
    timeout: float
    tries: int
    asks: int
    patience: float
    concurrency: int
    requests_per_minute: int
    max_output_tokens: int
    outline_tokens: int
    topic_tokens: int
    temperature: float | None
    prices: tuple[tuple[str, Price], ...]
    extra_body: str = field(default="{}", repr=False)
    extra_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str = field(default="", repr=False)

    def model(self, task: Task) -> str:
        return dict(self.models)[task]

    @property
    def address(self) -> str:
        """The address for messages, without its query, which may hold secrets."""
        return self.base_url.partition("?")[0]

    @property
    def proxy_address(self) -> str:
        parts = urlsplit(self.proxy)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""

    @property
    def is_local(self) -> bool:
        return is_local(urlsplit(self.base_url).hostname or "")

    @property
    def is_azure(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        return self.provider.name == "azure" or host.endswith(".openai.azure.com")

    def price(self, model: str) -> Price:
        return dict(self.prices).get(model, FREE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the settings: `code` is stable, `hint` says what to do."""

    code: str
    message: str
    hint: str
    is_error: bool = True


def llm_config(settings: Settings) -> LLMConfig:
    """Returns the checked values. Raises a permanent AIError that names the first problem."""
    wrong = next((problem for problem in llm_problems(settings) if problem.is_error), None)
    if wrong:
        raise AIError(f"{wrong.message} {wrong.hint}", permanent=True)
    provider = PROVIDERS[_provider_name(settings)]
    structured = settings.LLM_STRUCTURED
    return LLMConfig(
        folder=calls_folder(settings),
        provider=provider,
        base_url=_base_url(settings, provider),
        key=key_of("LLM_API_KEY", settings.LLM_API_KEY),
        models=tuple((task, _model_name(settings, task)) for task in Task),
        structured=None if structured == "auto" else StructuredMode(structured),
        timeout=settings.LLM_TIMEOUT,
        tries=settings.LLM_TRIES,
        asks=settings.LLM_ASKS,
        patience=settings.LLM_PATIENCE,
        concurrency=settings.LLM_CONCURRENCY,
        requests_per_minute=settings.LLM_REQUESTS_PER_MINUTE,
        max_output_tokens=settings.LLM_MAX_OUTPUT_TOKENS,
        outline_tokens=settings.LLM_OUTLINE_TOKENS,
        topic_tokens=settings.LLM_TOPIC_TOKENS,
        temperature=settings.LLM_TEMPERATURE,
        prices=tuple(_prices(settings.LLM_PRICES).items()),
        extra_body=json.dumps(settings.LLM_EXTRA_BODY),
        extra_headers=tuple(
            (pasted(name), pasted(value)) for name, value in settings.LLM_EXTRA_HEADERS.items()
        ),
        proxy=proxy_for(_base_url(settings, provider)),
    )


def calls_folder(settings: Settings) -> Path:
    """Returns the folder for what this machine's processes share about calls of models."""
    return Path(settings.VAR_DIR) / "model-calls"


def _provider_name(settings: Settings) -> str:
    return pasted(settings.LLM_PROVIDER).lower()


def _base_url(settings: Settings, provider: Provider) -> str:
    """Returns the address without /chat/completions, which many providers show with it."""
    address = pasted(settings.LLM_BASE_URL) or provider.base_url
    path, question, query = address.partition("?")
    return path.rstrip("/").removesuffix("/chat/completions") + question + query


# Tasks whose model is that of another unless they have their own.
_LIKE = {Task.CRITIC: Task.QUIZ, Task.ASK: Task.TOPIC}


def _model_name(settings: Settings, task: Task) -> str:
    own = pasted(getattr(settings, f"LLM_MODEL_{task.name}"))
    if not own and task in _LIKE:
        return _model_name(settings, _LIKE[task])
    return own or pasted(settings.LLM_MODEL)


def _prices(given: Mapping[str, Any]) -> dict[str, Price]:
    return {name: Price(*(Decimal(str(value)) for value in pair)) for name, pair in given.items()}


_HEADER = re.compile(r"[\x20-\x7e]*")
_ABOVE_ZERO = (
    *("LLM_TIMEOUT", "LLM_TRIES", "LLM_ASKS", "LLM_CONCURRENCY", "LLM_MAX_OUTPUT_TOKENS"),
    *("LLM_OUTLINE_TOKENS", "LLM_TOPIC_TOKENS"),
)
_NOT_BELOW_ZERO = ("LLM_REQUESTS_PER_MINUTE", "LLM_PATIENCE", "LLM_JOB_BUDGET", "LLM_JOB_TOKENS")


def llm_problems(settings: Settings) -> list[Problem]:
    """Returns what is wrong with the settings, without any call over the network."""
    found = [*_provider_problems(settings), *_number_problems(settings)]
    prices = list(_price_problems(settings))
    if not prices:
        found += _budget_problems(settings)
    return [*found, *prices]


def _provider_problems(settings: Settings) -> Iterator[Problem]:
    provider = PROVIDERS.get(_provider_name(settings))
    if provider is None:
        known = ", ".join(PROVIDERS)
        yield Problem(
            "provider", f"LLM_PROVIDER is “{settings.LLM_PROVIDER}”.", f"Choose one of: {known}."
        )
        return
    yield from _address_problems(_base_url(settings, provider))
    yield from _extra_problems(settings)
    if problem := key_problem("LLM_API_KEY", settings.LLM_API_KEY):
        what, _, hint = problem.partition(". ")
        yield Problem("key", f"{what}.", hint)
    elif provider.needs_key and not pasted(settings.LLM_API_KEY):
        yield Problem(
            "key",
            f"There is no key for {provider.title}.",
            f"Set LLM_API_KEY or {provider.name.upper()}_API_KEY.",
        )
    missing = [task for task in Task if task not in _LIKE and not _model_name(settings, task)]
    if missing:
        yield Problem(
            "model",
            f"No model is named for: {', '.join(missing)}.",
            "Set LLM_MODEL, or LLM_MODEL_OUTLINE, LLM_MODEL_TOPIC and LLM_MODEL_QUIZ.",
        )
    for name in sorted({_model_name(settings, task) for task in Task}):
        if not is_carried(name):
            yield Problem(
                "model",
                f"“{name}” is no model's name: it holds a space, a quote or the like.",
                "Copy the name once more from the provider's list of models.",
            )
    if settings.LLM_STRUCTURED not in {"auto", *StructuredMode}:
        yield Problem(
            "structured",
            f"LLM_STRUCTURED is “{settings.LLM_STRUCTURED}”.",
            f"Choose one of: auto, {', '.join(StructuredMode)}.",
        )


def _extra_problems(settings: Settings) -> Iterator[Problem]:
    body, headers = settings.LLM_EXTRA_BODY, settings.LLM_EXTRA_HEADERS
    if not isinstance(body, dict):
        yield Problem(
            "extra",
            "LLM_EXTRA_BODY is no JSON object.",
            'Write fields of the body and their values: {"enable_thinking": false}.',
        )
    # Values may be secret; none of them is shown.
    if not isinstance(headers, dict) or not all(
        name and is_carried(pasted(name)) and _HEADER.fullmatch(pasted(value))
        for name, value in headers.items()
    ):
        yield Problem(
            "extra",
            "LLM_EXTRA_HEADERS is no JSON object of headers, or one holds a character that no "
            "header carries.",
            'Write names and values as plain text: {"api-subscription-key": "..."}.',
        )


def _address_problems(address: str) -> Iterator[Problem]:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        yield Problem(
            "base_url",
            "The provider's address is missing or is no web address.",
            "Set LLM_BASE_URL to something like https://llm.school.example/v1.",
        )
    elif parts.username or parts.password:
        yield Problem(
            "base_url",
            "LLM_BASE_URL holds a name or password, which would show up in logs.",
            "Take it out of the address and set LLM_API_KEY.",
        )


def _number_problems(settings: Settings) -> Iterator[Problem]:
    for name in _ABOVE_ZERO:
        if getattr(settings, name) <= 0:
            yield Problem("number", f"{name} is not above zero.", f"Set {name} to 1 or more.")
    for name in _NOT_BELOW_ZERO:
        if getattr(settings, name) < 0:
            yield Problem("number", f"{name} is below zero.", f"Set {name} to 0 or more.")


def _price_problems(settings: Settings) -> Iterator[Problem]:
    try:
        prices = _prices(settings.LLM_PRICES)
    except (AttributeError, InvalidOperation, TypeError):
        prices = None
    if prices is None or any(min(p.tokens_in, p.tokens_out) < 0 for p in prices.values()):
        yield Problem(
            "prices",
            "LLM_PRICES cannot be read.",
            'Write dollars a million tokens, in and out: {"model-name": [0.15, 0.60]}.',
        )


def _budget_problems(settings: Settings) -> Iterator[Problem]:
    unpriced = sorted(
        {_model_name(settings, task) for task in Task} - set(settings.LLM_PRICES) - {""}
    )
    if not unpriced:
        return
    names = ", ".join(unpriced)
    if settings.LLM_JOB_BUDGET:
        yield Problem(
            "budget",
            f"LLM_JOB_BUDGET can never be reached: there is no price for {names}.",
            "Add what a million tokens cost to LLM_PRICES.",
        )
    elif PROVIDERS.get(_provider_name(settings), PROVIDERS["custom"]).needs_key:
        yield Problem(
            "unpriced",
            f"There is no price for {names}: costs will be shown as zero.",
            "Add what a million tokens cost to LLM_PRICES.",
            is_error=False,
        )
