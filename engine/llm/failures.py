"""Turns errors of calls into messages that tell staff what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import openai

from engine.llm.configuration import LLMConfig
from engine.llm.errors import AIError, FilteredError, ProviderError
from engine.llm.refusals import MAX_SAID, PASSING, Kind, Refusal, read_refusal
from engine.llm.transport import NoCompletionError
from engine.llm.usage import Outcome

MINUTE = 60  # seconds
MIN_DAY_WAIT = 120  # seconds


def refusal_of(error: Exception) -> Refusal | None:
    """Returns what the provider answered; None if it did not answer."""
    if isinstance(error, openai.APIStatusError):
        response = error.response
        return read_refusal(response.status_code, response.headers, response.text)
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, NoCompletionError):
        cause = cause.__cause__
    return read_refusal(cause.status, cause.headers, cause.text) if cause else None


def failure_of(error: Exception, config: LLMConfig) -> AIError:
    """Returns the error to raise for any exception of a call."""
    refusal = refusal_of(error)
    if refusal is not None:
        return _refused(refusal, config)
    where = f"{config.provider.title} at {config.address}"
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        message = f"{where} gave no answer within {config.timeout:g} s."
    elif isinstance(error, openai.APIConnectionError | httpx.HTTPError):
        proxy = f" through the proxy {config.proxy_address}" if config.proxy else ""
        cause = error.__cause__
        while cause is not None and cause.__cause__ is not None:
            cause = cause.__cause__
        reason = str(cause or error)[:MAX_SAID].rstrip(".") or type(error).__name__
        message = f"{where} cannot be reached{proxy} or broke off: {reason}.{_hint(reason, config)}"
    else:
        message = f"{where} answered with something that is no chat completion."
    return ProviderError(_sentence(message), permanent=False)


def outcome_of(error: Exception, failure: AIError) -> Outcome:
    """Returns the failure's label for metrics."""
    kind = failure.kind if isinstance(failure, ProviderError) else Kind.FILTER
    if kind in _OUTCOMES:
        return _OUTCOMES[kind]
    if failure.permanent:
        return "rejected"
    refusal = refusal_of(error)
    if refusal is not None:
        return "no_completion" if refusal.status < 400 else "provider_fault"  # noqa: PLR2004
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return "timeout"
    is_away = isinstance(error, openai.APIConnectionError | httpx.HTTPError)
    return "unreachable" if is_away else "no_completion"


_OUTCOMES: dict[Kind | None, Outcome] = {
    Kind.FILTER: "refused",
    Kind.RATE: "rate_limited",
    Kind.DAY: "rate_limited",
    Kind.SCHEMA: "mode_not_known",
}


def _hint(reason: str, config: LLMConfig) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return (
            " If a proxy of your school opens connections, set SSL_CERT_FILE to the file with its "
            "certificate."
        )
    if "407" in reason:
        return " The proxy wants a name and a password: HTTPS_PROXY=http://name:password@host:port."
    if config.provider.name == "local":
        return (
            " `make run` starts its server; var/log/model.log says why it ended, in Compose "
            "`docker compose logs model`."
        )
    if not config.provider.needs_key and config.is_local:
        return f" Start {config.provider.title} on this machine, or check LLM_BASE_URL."
    return ""


def _refused(refusal: Refusal, config: LLMConfig) -> AIError:
    name, said, kind = config.provider.title, refusal.said, refusal.kind
    status = f" ({refusal.status})"
    if kind is Kind.FILTER:
        return FilteredError(
            f"The provider's filter refused this text{status}: {said}", quoted=said
        )
    wait = refusal.wait
    if kind is Kind.RATE and wait is not None and wait > config.patience:
        kind = Kind.DAY
    advice = _ADVICE[kind](config)
    if kind is Kind.DAY:
        # Some send the seconds of a shorter limit with that of a day.
        is_sure = refusal.kind is Kind.RATE or (wait or 0) > MIN_DAY_WAIT
        advice = f"{_when(wait if is_sure else None)} {advice}"
    if kind is Kind.RATE:
        message = f"{name} got too many requests{status}. It said: {said} {advice}"
    elif kind is Kind.DAY:
        message = (
            f"{name} takes no more for now: too many requests{status}. It said: {said} {advice}"
        )
    elif kind in PASSING:
        message = f"{name} has a fault of its own{status}. It said: {said} {advice}"
    elif refusal.status < 400:  # noqa: PLR2004 - no refusal by HTTP
        message = f"{name} answered with something that is no chat completion: {said} {advice}"
    else:
        message = f"{name} refused the call{status}: {said} {advice}"
    # A page in the place of an answer is often gone at the next try.
    permanent = kind not in PASSING and not (kind is Kind.SERVER and refusal.status < 300)  # noqa: PLR2004
    return ProviderError(
        _sentence(message),
        permanent=permanent,
        rate_limited=kind is Kind.RATE,
        retry_after=wait,
        quoted=said,
        refusal=refusal,
        kind=kind,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].strip()


def _when(wait: float | None) -> str:
    if wait is None:
        return "Retry the job when the limit has passed, often the next day; what is done is kept."
    end = datetime.now(UTC) + timedelta(seconds=wait)
    minutes = int(wait // MINUTE) + 1
    hours, rest = divmod(minutes, 60)
    span = f"{hours} h {rest} min" if hours else f"{rest} min"
    return f"It may go on in {span} (at {end:%H:%M} UTC): retry the job then; what is done is kept."


def _names(config: LLMConfig) -> str:
    return ", ".join(sorted({name for _, name in config.models}))


def prompt_settings(config: LLMConfig) -> str:
    """Names the settings that make prompts shorter, their values and what they count."""
    return (
        f"LLM_TOPIC_TOKENS (now {config.topic_tokens}) and LLM_OUTLINE_TOKENS (now "
        f"{config.outline_tokens}) lower: they say how much of the documents one call shows the "
        "model, in tokens"
    )


def _tried(config: LLMConfig) -> str:
    times = f"{config.tries} times" if config.tries > 1 else "once"
    return f"ProfAI tried the call {times}. If the job fails, retry it later; what is done is kept."


def _model_advice(config: LLMConfig) -> str:
    if config.is_azure:
        return f"LLM_MODEL ({_names(config)}) has to be the name of your deployment in Azure."
    fetch = " Fetch it first: ollama pull MODEL." if config.provider.name == "ollama" else ""
    return f"Check LLM_MODEL ({_names(config)}) against the provider's list of models.{fetch}"


def _address_advice(config: LLMConfig) -> str:
    form = "it is the address before /chat/completions, for most providers one that ends in /v1."
    if "openai.azure.com" in config.address and "/openai/v1" not in config.address:
        form = "for Azure it has the form https://NAME.openai.azure.com/openai/v1."
    model = (
        _model_advice(config) if config.is_azure else f"Check LLM_MODEL ({_names(config)}), too."
    )
    return (
        f"Check LLM_BASE_URL ({config.address}): {form} {model} A proxy or a log-in page may also "
        "stand in between."
    )


def _longer_context(config: LLMConfig) -> str:
    if config.provider.name == "local":
        return " Or set LOCAL_MODEL_CONTEXT higher, which costs memory."
    return " Or give the model a longer context." if config.is_local else ""


_ADVICE: dict[Kind, Callable[[LLMConfig], str]] = {
    Kind.KEY: lambda c: (
        f"Check LLM_API_KEY: it has to be a key of {c.provider.title}, whole and still valid."
    ),
    Kind.RIGHTS: lambda c: (
        f"This key may not use {_names(c)}, or its country, project or plan does not allow it. "
        "Check the account, or set LLM_MODEL to another model."
    ),
    Kind.MODEL: _model_advice,
    Kind.CREDIT: lambda _: (
        "The account has no credit or its quota is used up. Add credit to the account, or choose "
        "another provider or model; then retry the job. What is done is kept."
    ),
    Kind.PLAN: lambda c: (
        f"The plan of this key does not include {_names(c)} at all: its limit is 0. Set LLM_MODEL "
        "to another model, or pay for a plan that includes this one; then retry the job. What is "
        "done is kept."
    ),
    Kind.RATE: lambda _: (
        "ProfAI waits and goes on by itself; you need not do anything. If the job fails all the "
        "same, retry it later; what is done is kept. If this happens often, set "
        "LLM_REQUESTS_PER_MINUTE to the limit of your plan and LLM_CONCURRENCY to 1 or 2."
    ),
    Kind.DAY: lambda _: "A paid plan, another model or another provider has other limits.",
    Kind.TOO_LARGE: lambda c: (
        f"One request is larger than the plan allows. Set {prompt_settings(c)}. The longest "
        f"answer, LLM_MAX_OUTPUT_TOKENS (now {c.max_output_tokens}), counts too. Or choose a plan "
        "or model with higher limits."
    ),
    Kind.CONTEXT: lambda c: (
        f"The prompt was too long for the model. Set {prompt_settings(c)}." + _longer_context(c)
    ),
    Kind.OUTPUT: lambda c: (
        f"The model does not give such long answers: set LLM_MAX_OUTPUT_TOKENS (now "
        f"{c.max_output_tokens}) lower."
    ),
    Kind.PARAMETER: lambda _: (
        "It does not take one of the parameters: leave LLM_TEMPERATURE empty, and set what it asks "
        "for in LLM_EXTRA_BODY."
    ),
    Kind.SCHEMA: lambda _: "It does not know this response_format: set LLM_STRUCTURED=auto.",
    Kind.ANSWER: lambda _: "",
    Kind.FILTER: lambda _: "",
    Kind.OVERLOADED: _tried,
    Kind.MEMORY: lambda _: "The model does not fit this machine's memory: choose a smaller one.",
    Kind.AWAY: _tried,
    Kind.SERVER: _address_advice,
    Kind.UNKNOWN: lambda c: (
        "Look for this message in the provider's documentation. If it is about the length of the "
        f"prompt, set {prompt_settings(c)}."
    ),
}
