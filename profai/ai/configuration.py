"""The language-model settings as one value, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from profai.ai.errors import AIError
from profai.ai.providers import PROVIDERS, Provider, StructuredMode, Task
from profai.ai.usage import FREE, Price


@dataclass(frozen=True, slots=True)
class LLMConfig:
    """Times in seconds. `tries` are those of one call that fails; `asks`, how often a model is
    asked until its answer can be used; `patience`, how long a rate limit is waited out."""

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
    temperature: float | None
    prices: tuple[tuple[str, Price], ...]

    def model(self, task: Task) -> str:
        return dict(self.models)[task]

    def price(self, model: str) -> Price:
        return dict(self.prices).get(model, FREE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the settings: `code` is stable, `hint` says what to do."""

    code: str
    message: str
    hint: str
    is_error: bool = True


def llm_config() -> LLMConfig:
    """Raises a permanent AIError that names the first thing wrong with the settings."""
    wrong = next((problem for problem in llm_problems() if problem.is_error), None)
    if wrong:
        raise AIError(f"{wrong.message} {wrong.hint}", permanent=True)
    provider = PROVIDERS[settings.LLM_PROVIDER]
    structured = settings.LLM_STRUCTURED
    return LLMConfig(
        provider=provider,
        base_url=settings.LLM_BASE_URL or provider.base_url,
        # Read anew, where a mounted secret was rotated.
        key=str(settings.LLM_API_KEY),
        models=tuple((task, _model_name(task)) for task in Task),
        structured=None if structured == "auto" else StructuredMode(structured),
        timeout=settings.LLM_TIMEOUT,
        tries=settings.LLM_TRIES,
        asks=settings.LLM_ASKS,
        patience=settings.LLM_PATIENCE,
        concurrency=settings.LLM_CONCURRENCY,
        requests_per_minute=settings.LLM_REQUESTS_PER_MINUTE,
        max_output_tokens=settings.LLM_MAX_OUTPUT_TOKENS,
        temperature=settings.LLM_TEMPERATURE,
        prices=tuple(_prices(settings.LLM_PRICES).items()),
    )


def _model_name(task: Task) -> str:
    name: str = getattr(settings, f"LLM_MODEL_{task.name}") or settings.LLM_MODEL
    return name


def _prices(given: Mapping[str, Any]) -> dict[str, Price]:
    return {name: Price(*(Decimal(str(value)) for value in pair)) for name, pair in given.items()}


_ABOVE_ZERO = (
    *("LLM_TIMEOUT", "LLM_TRIES", "LLM_ASKS", "LLM_CONCURRENCY", "LLM_MAX_OUTPUT_TOKENS"),
    *("LLM_OUTLINE_TOKENS", "LLM_TOPIC_TOKENS"),
)
_NOT_BELOW_ZERO = ("LLM_REQUESTS_PER_MINUTE", "LLM_PATIENCE", "LLM_JOB_BUDGET", "LLM_JOB_TOKENS")


def llm_problems() -> list[Problem]:
    """What would stop, or mislead, the first job; nothing is asked of the network."""
    found = [*_provider_problems(), *_number_problems()]
    prices = list(_price_problems())
    if not prices:
        found += _budget_problems()
    return [*found, *prices]


def _provider_problems() -> Iterator[Problem]:
    provider = PROVIDERS.get(settings.LLM_PROVIDER)
    if provider is None:
        known = ", ".join(PROVIDERS)
        yield Problem(
            "provider", f"LLM_PROVIDER is “{settings.LLM_PROVIDER}”.", f"Choose one of: {known}."
        )
        return
    yield from _address_problems(settings.LLM_BASE_URL or provider.base_url)
    if provider.needs_key and not settings.LLM_API_KEY:
        yield Problem(
            "key",
            f"There is no key for {provider.title}.",
            f"Set LLM_API_KEY or {provider.name.upper()}_API_KEY.",
        )
    missing = [task for task in Task if not _model_name(task)]
    if missing:
        yield Problem(
            "model",
            f"No model is named for: {', '.join(missing)}.",
            "Set LLM_MODEL, or LLM_MODEL_OUTLINE, LLM_MODEL_TOPIC and LLM_MODEL_QUIZ.",
        )
    if settings.LLM_STRUCTURED not in {"auto", *StructuredMode}:
        yield Problem(
            "structured",
            f"LLM_STRUCTURED is “{settings.LLM_STRUCTURED}”.",
            f"Choose one of: auto, {', '.join(StructuredMode)}.",
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


def _number_problems() -> Iterator[Problem]:
    for name in _ABOVE_ZERO:
        if getattr(settings, name) <= 0:
            yield Problem("number", f"{name} is not above zero.", f"Set {name} to 1 or more.")
    for name in _NOT_BELOW_ZERO:
        if getattr(settings, name) < 0:
            yield Problem("number", f"{name} is below zero.", f"Set {name} to 0 or more.")


def _price_problems() -> Iterator[Problem]:
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


def _budget_problems() -> Iterator[Problem]:
    unpriced = sorted({_model_name(task) for task in Task} - set(settings.LLM_PRICES) - {""})
    if not unpriced:
        return
    names = ", ".join(unpriced)
    if settings.LLM_JOB_BUDGET:
        yield Problem(
            "budget",
            f"LLM_JOB_BUDGET can never be reached: there is no price for {names}.",
            "Add what a million tokens cost to LLM_PRICES.",
        )
    elif PROVIDERS.get(settings.LLM_PROVIDER, PROVIDERS["custom"]).needs_key:
        yield Problem(
            "unpriced",
            f"There is no price for {names}: costs will be shown as zero.",
            "Add what a million tokens cost to LLM_PRICES.",
            is_error=False,
        )
