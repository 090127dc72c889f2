"""Classifies a provider's refusal, whatever the form of its body."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from engine.llm.completions import json_or_none

MAX_SAID = 200
MAX_READ = 4000
MAX_DEPTH = 4  # levels of a body; what is deeper is no error
MAX_WAIT = 7 * 24 * 3600.0


class Kind(StrEnum):
    """Why a provider refused; each kind has its advice in `engine.llm.failures`."""

    KEY = "key"
    RIGHTS = "rights"
    MODEL = "model"
    CREDIT = "credit"
    PLAN = "plan"
    RATE = "rate"
    DAY = "day"
    TOO_LARGE = "too_large"
    CONTEXT = "context"
    OUTPUT = "output"
    PARAMETER = "parameter"
    SCHEMA = "schema"
    FILTER = "filter"
    ANSWER = "answer"
    OVERLOADED = "overloaded"
    MEMORY = "memory"
    AWAY = "away"
    SERVER = "server"
    UNKNOWN = "unknown"


# What a later try may get over.
PASSING = {Kind.RATE, Kind.OVERLOADED, Kind.AWAY}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`said`: the provider's own words. `wait`: seconds it asked for. `limit`, `requested`: tokens
    that it named. `parameter`: the one it does not accept. `generation`: a rejected answer."""

    kind: Kind
    status: int
    said: str
    wait: float | None = None
    limit: int = 0
    requested: int = 0
    parameter: str = ""
    generation: str = ""


def read_refusal(status: int, headers: Mapping[str, str], text: str) -> Refusal:
    """Returns what the answer means. Never raises, whatever `text` is."""
    body = json_or_none(text)
    found = _error_in(body)
    if isinstance(found.get("code"), int) and status < 300:  # noqa: PLR2004 - an error in disguise
        status = int(found["code"])
    said = _said(found, text, headers)
    # What the model wrote is no words of the provider: only that it is there counts.
    shown = {name: value for name, value in found.items() if name != "failed_generation"}
    whole = json.dumps(shown, default=str)[:MAX_READ] if found else text[:MAX_READ]
    mark = " failed_generation" if "failed_generation" in found else ""
    words = f"{said}\n{whole}{mark}".lower()
    kind = _kind(status, words, is_page=_is_page(text))
    limit, requested = _numbers(kind, words)
    generation = found.get("failed_generation")
    waits = _waits(headers, found, words)
    return Refusal(
        kind=kind,
        status=status,
        said=said,
        wait=next((w for w in waits if w is not None and 0 <= w <= MAX_WAIT), None),
        limit=limit,
        requested=requested,
        parameter=_parameter(found, words) if kind is Kind.PARAMETER else "",
        generation=generation if isinstance(generation, str) else "",
    )


# --- the body


def _error_in(body: Any, depth: int = 0) -> dict[str, Any]:
    """Returns the innermost object with an error, inside lists, objects and strings."""
    inner = _inner(body)
    if inner is not None and depth < MAX_DEPTH:
        found = _error_in(inner, depth + 1)
        return found or ({"message": str(inner)} if isinstance(body, dict) else {})
    if isinstance(body, str):
        return {"message": body}
    return body if isinstance(body, dict) else {}


def _inner(body: Any) -> Any:
    """Returns the value inside a wrapper of an error; None if there is no wrapper."""
    if isinstance(body, list):
        return body[0] if body else None
    if isinstance(body, str):
        return _json_in(body)
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    of_choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(of_choice, dict) and of_choice.get("error"):
        return of_choice["error"]
    names = ("error", "errors", "detail", "fault")
    return next((body[name] for name in names if body.get(name)), _json_in(body.get("message")))


def _json_in(text: Any) -> Any:
    """Returns the JSON that a text consists of; None if it is none."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    found = json_or_none(text)
    return found if isinstance(found, dict | list) and found else None


def _said(found: Mapping[str, Any], text: str, headers: Mapping[str, str]) -> str:
    names = ("message", "msg", "faultstring", "error_description", "title", "reason")
    said = next((str(found[name]) for name in names if found.get(name)), "")
    raw = found.get("metadata")
    if isinstance(raw, dict) and raw.get("raw"):
        said = f"{said}: {raw['raw']}"
    if not said and _is_page(text):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.S | re.I)
        said = f"a web page, “{title[1].strip()[:80]}”" if title else "a web page"
    if not said and headers.get("location"):
        said = f"it moved to {headers['location']}"
    said = " ".join((said or text[:MAX_SAID]).split())[:MAX_SAID] or "nothing"
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _is_page(text: str) -> bool:
    return text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<head", "<?xml"))


# --- the kind

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    # Whatever the status is.
    (
        Kind.ANSWER,
        r"json_validate_failed|tool_use_failed|failed_generation|failed to generate",
    ),
    (
        Kind.FILTER,
        (
            r"content_filter|content management policy|responsibleai|contentpolicyviolation"
            r"|content[ _]policy|input was flagged|requires moderation"
            r"|prohibited_content|data_inspection_failed|inappropriate content"
            r"|content exists risk"
            r"|safety (filter|system)|blocked by .{0,30}(safety|policy|moderation)"
        ),
    ),
    # An allowance of nothing: the plan does not include the model.
    (Kind.PLAN, r"limit: 0\b"),
    (Kind.DAY, r"per[ _-]?day|\b(tpd|rpd)\b|perday|daily|per[ _-]?month|monthly|per[ _-]?week"),
    (
        Kind.TOO_LARGE,
        r"request too large|request_too_large|entity too large|exceeds the maximum size",
    ),
    (Kind.RATE, r"resource_exhausted"),
    (
        Kind.CREDIT,
        (
            r"insufficient[ _](quota|balance|credit|fund)|billing_hard_limit|credit balance"
            r"|no credits|requires more credits|budget has been exceeded|budget_exceeded|arrearage"
            r"|free ?tier ?(only|of the model has been exhausted)|payment required|past due"
            r"|exceeded your current quota|spending limit|out of credits"
        ),
    ),
    (
        Kind.MODEL,
        (
            r"model_not_found|model_decommissioned|decommissioned|deploymentnotfound|invalid_model"
            r"|(models?|deployment)\b.{0,80}(does not exist|not found|not exist|not a valid|unknown"
            r"|not available|is not loaded|has been deprecated)|not a valid model|no models? loaded"
            r"|unknown model|invalid model|no such model|try pulling it|not_found_error.{0,20}model"
            r"|\"model: "
        ),
    ),
    (
        Kind.KEY,
        (
            r"(invalid|incorrect|wrong|missing|malformed)[\w ,]{0,20}"
            r" (api[ _-]?key|subscription key|token|x-api-key)"
            r"|invalid[ _]api[ _]?key|api key not valid|authentication"
            r"|no auth credentials|unauthori[sz]ed|invalid apikey|token_not_found|no api key"
        ),
    ),
    (Kind.MEMORY, r"more system memory|out of memory|cuda error|insufficient memory"),
    (
        Kind.CONTEXT,
        (
            r"context[ _](length|window|size)|maximum context|prompt is too long|input is too long"
            r"|too many tokens|range of input length|context the overflows|exceed_context"
            r"|input length|max_prompt_tokens|string_above_max_length|token limit"
        ),
    ),
)
_WORDS = dict(_PATTERNS)
_PARAMETERS = (*("temperature", "max_completion_tokens", "max_tokens", "enable_thinking", "top_p"),)
_OUTPUT = re.compile(
    r"max_(completion_|output_)?tokens\W.{0,80}"
    r"(too large|at most|less than|maximum|exceed|valid range|should be|must be|out of range)"
    r"|(range of|invalid) max_(completion_)?tokens"
)
_UNSUPPORTED = re.compile(
    r"unsupported[ _](parameter|value|argument)|not supported|does not support"
    r"|unknown (name|parameter|field)|unrecognized|unexpected (keyword|argument)"
    r"|extra_forbidden|extra inputs|not permitted|must be set to false|unsupported_parameter"
)
_SCHEMA = re.compile(
    r"response_?format|json_schema|json_object|json mode|grammar|guided|structured output|schema"
)
_BUSY = re.compile(r"overloaded|over capacity|capacity exceeded|loading model|too busy|server busy")
_TOO_MANY = re.compile(r"rate[ _-]?limit|too many requests|throttl|slow down|limit_requests")
_OF_STATUS = {
    400: Kind.UNKNOWN,
    401: Kind.KEY,
    402: Kind.CREDIT,
    403: Kind.RIGHTS,
    404: Kind.SERVER,
    405: Kind.SERVER,
    408: Kind.AWAY,
    409: Kind.AWAY,
    413: Kind.TOO_LARGE,
    425: Kind.AWAY,
    429: Kind.RATE,
    498: Kind.OVERLOADED,
    503: Kind.OVERLOADED,
    529: Kind.OVERLOADED,
}


def _kind(status: int, words: str, *, is_page: bool) -> Kind:
    if is_page and status not in {413, 429}:
        return Kind.AWAY if status >= 500 else Kind.SERVER  # noqa: PLR2004 - HTTP's own faults
    found = _by_words(status, words)
    if found:
        return found
    if status < 400:  # noqa: PLR2004 - neither an answer nor an error
        return Kind.SERVER
    return _OF_STATUS.get(status, Kind.AWAY if status >= 500 else Kind.UNKNOWN)  # noqa: PLR2004


def _by_words(status: int, words: str) -> Kind | None:
    is_limit = status in {413, 429}
    if status >= 500 and not _SCHEMA.search(words):  # noqa: PLR2004 - HTTP's own faults
        found = Kind.MEMORY if re.search(_WORDS[Kind.MEMORY], words) else None
    else:
        found = _by_pattern(words, is_limit=is_limit)
    if found or is_limit:
        return found
    return Kind.OVERLOADED if _BUSY.search(words) else None


def _by_pattern(words: str, *, is_limit: bool) -> Kind | None:
    output, unsupported = _OUTPUT.search(words), _UNSUPPORTED.search(words)
    if output and "context length" not in words:
        is_of_a_parameter = not unsupported or "valid range" in words
    else:
        is_of_a_parameter = bool(unsupported) and any(name in words for name in _PARAMETERS)
    for kind, pattern in _PATTERNS:
        if kind in {Kind.KEY, Kind.CONTEXT} and is_of_a_parameter:
            return Kind.OUTPUT if output else Kind.PARAMETER
        if (is_limit or kind not in {Kind.DAY, Kind.RATE}) and re.search(pattern, words, re.S):
            no_access = kind is Kind.MODEL and "does not have access" in words
            return Kind.RIGHTS if no_access else kind
    if _SCHEMA.search(words):
        return Kind.SCHEMA
    return Kind.RATE if _TOO_MANY.search(words) else None


def _parameter(found: Mapping[str, Any], words: str) -> str:
    """Returns the refused parameter; it is named before the one to use instead."""
    named = str(found.get("param") or "") + " " + str(found.get("loc") or "")
    for text in (named.lower(), words):
        places = [(text.find(name), name) for name in _PARAMETERS if name in text]
        if places:
            return min(places)[1]
    return ""


# --- numbers and times

_LIMIT = re.compile(
    r"limit (?P<limit>[\d,]+), (used [\d,]+, )?requested (?P<requested>[\d,]+)"
    r"|at most (?P<most>[\d,]+)|less than or equal to `?(?P<equal>[\d,]+)"
    r"|\[\s*\d+\s*,\s*(?P<range>[\d,]+)\s*\]"
    r"|maximum context length is (?P<context>[\d,]+) tokens"
)
_COMPLETION = re.compile(
    r"\(?(?P<prompt>[\d,]+) (tokens )?(in|from) the (input )?messages\b|has (?P<input>[\d,]+) input"
)


def _numbers(kind: Kind, words: str) -> tuple[int, int]:
    """Returns the limit and what was requested; 0 for each that is not named."""
    if kind not in {Kind.TOO_LARGE, Kind.CONTEXT, Kind.OUTPUT, Kind.RATE, Kind.DAY}:
        return 0, 0
    found = _LIMIT.search(words)
    if not found:
        return 0, 0
    names = ("limit", "most", "equal", "range", "context")
    limit = next((_number(found[name]) for name in names if found[name]), 0)
    if found["requested"]:
        return limit, _number(found["requested"])
    prompt = _COMPLETION.search(words)
    return limit, _number(prompt["prompt"] or prompt["input"]) if prompt else 0


def _number(text: str) -> int:
    return int(text.replace(",", "") or 0) if len(text) < 15 else 0  # noqa: PLR2004 - no count


_DURATION = re.compile(
    r"(?:(?P<d>\d+(?:\.\d+)?)d)?(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?"
    r"(?:(?P<s>\d+(?:\.\d+)?)s)?(?:(?P<ms>\d+(?:\.\d+)?)ms)?",
    re.ASCII,
)
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_AGAIN = re.compile(
    r"(?:try again|retry)(?: your request)? (?:in|after) (?P<time>[\d.]+(?:d|h|ms|m|s)[\d.dhms]*)"
    r"|(?:try again|retry)(?: your request)? (?:in|after) (?P<plain>[\d.]+) second"
    r"|\"retrydelay\": \"(?P<delay>[\d.]+s)\""
)


def _waits(
    headers: Mapping[str, str], found: Mapping[str, Any], words: str
) -> Iterator[float | None]:
    """Yields the seconds until another try, read from each place that may name them."""
    milliseconds = _seconds(headers.get("retry-after-ms", ""))
    yield milliseconds / 1000 if milliseconds is not None else None
    yield _seconds(headers.get("retry-after", ""))
    again = _AGAIN.search(words)
    if again:
        yield _seconds(again["time"] or again["plain"] or again["delay"])
    metadata = found.get("metadata")
    inner = metadata.get("headers") if isinstance(metadata, dict) else None
    if isinstance(inner, dict):
        # A moment in milliseconds since 1970.
        reset = str(inner.get("X-RateLimit-Reset") or "")
        if re.fullmatch(r"\d{10,15}", reset):
            yield max(int(reset) / 1000 - time.time(), 0.0)


def _seconds(text: str) -> float | None:
    """Returns the seconds of `12`, `1m30s`, `20ms` or an HTTP date; None for anything else."""
    text = text.strip().rstrip(".")
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return float(text)
    parts = _DURATION.fullmatch(text)
    if text and parts:
        return sum(
            float(value) * _UNITS[name] for name, value in parts.groupdict().items() if value
        )
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
