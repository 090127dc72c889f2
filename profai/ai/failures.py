"""What went wrong with a call, in words that a member of staff can act on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import httpx
import openai

from profai.ai.configuration import LLMConfig
from profai.ai.errors import ProviderError, UnsupportedModeError
from profai.ai.measuring import Outcome

LONGEST = 200
# Groq: 413 for a prompt over its minutely limit of tokens; 498 and 529: at capacity.
BUSY = {408, 409, 425, 498, 529}


def failure_of(error: Exception, config: LLMConfig) -> ProviderError:
    """One exception type for all that can go wrong, with the key taken out of its words."""
    if isinstance(error, openai.APIStatusError):
        return _refusal(error, config)
    where = f"{config.provider.title} at {config.base_url}"
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        message = f"{where} gave no answer within {config.timeout:g} s."
    elif isinstance(error, openai.APIConnectionError | httpx.HTTPError):
        message = f"{where} cannot be reached or broke off: {_reason(error)}."
    else:
        message = f"{where} answered with something that is no chat completion."
    return ProviderError(_without_key(message, config), permanent=False)


def outcome_of(error: Exception, failure: ProviderError) -> Outcome:
    """The failure in a word, for metrics."""
    if failure.rate_limited:
        return "rate_limited"
    if isinstance(failure, UnsupportedModeError):
        return "mode_not_known"
    if failure.permanent:
        return "rejected"
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return "timeout"
    if isinstance(error, openai.APIConnectionError | httpx.HTTPError):
        return "unreachable"
    return "provider_fault" if isinstance(error, openai.APIStatusError) else "no_completion"


def _reason(error: Exception) -> str:
    cause = error.__cause__
    while cause is not None and cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause or error)[:LONGEST].rstrip(".") or type(error).__name__


def _refusal(error: openai.APIStatusError, config: LLMConfig) -> ProviderError:
    status, said = error.status_code, _without_key(_said(error), config)
    name = config.provider.title
    explain = _EXPLANATIONS.get(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS and not _out_of_quota(error):
        message = f"{name} is answering too many requests ({status}). It said: {said}"
        wait = _retry_after(error.response.headers)
        return ProviderError(
            message, permanent=False, rate_limited=True, retry_after=wait, quoted=said
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in BUSY:
        message = f"{name} has a fault of its own ({status}). It said: {said}"
        return ProviderError(
            message,
            permanent=False,
            retry_after=_retry_after(error.response.headers),
            quoted=said,
        )
    if _names_response_format(error):
        return UnsupportedModeError(
            f"{name} does not know this response_format: {said}", quoted=said
        )
    advice = explain(config) if explain else "Look into the provider's documentation."
    if _out_of_quota(error):
        advice = "The account's quota is used up; pay it up or choose another provider."
    message = f"{name} refused the call ({status}): {said} {advice}"
    return ProviderError(message, permanent=True, quoted=said)


_EXPLANATIONS: dict[int, Callable[[LLMConfig], str]] = {
    HTTPStatus.UNAUTHORIZED: lambda _: "Check LLM_API_KEY.",
    HTTPStatus.FORBIDDEN: lambda _: "The key may not use this model; check the account.",
    HTTPStatus.NOT_FOUND: lambda c: (
        f"Check LLM_BASE_URL ({c.base_url}) and the model names: "
        f"{', '.join(sorted({name for _, name in c.models}))}."
    ),
    HTTPStatus.BAD_REQUEST: lambda _: (
        "If the prompt was too long, set LLM_TOPIC_TOKENS and LLM_OUTLINE_TOKENS lower."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: lambda _: (
        "The prompt was too long: set LLM_TOPIC_TOKENS and LLM_OUTLINE_TOKENS lower."
    ),
}


def _body(error: openai.APIStatusError) -> Mapping[str, Any]:
    return error.body if isinstance(error.body, Mapping) else {}


def _said(error: openai.APIStatusError) -> str:
    said = _body(error).get("message")
    text = " ".join(str(said or error.message).split())[:LONGEST]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _out_of_quota(error: openai.APIStatusError) -> bool:
    return _body(error).get("code") in {"insufficient_quota", "billing_hard_limit_reached"}


def _names_response_format(error: openai.APIStatusError) -> bool:
    if error.status_code not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return False
    words = f"{_body(error).get('param')} {_said(error)}"
    return any(name in words for name in ("response_format", "json_schema", "json_object"))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date, which few providers send, counts as not said."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(float(headers[name]) * unit, 0.0)
        except (KeyError, ValueError):
            continue
    return None


def _without_key(message: str, config: LLMConfig) -> str:
    return message.replace(config.key, "[key]") if config.key else message
