"""Removes private values and control characters from texts, values and exceptions for the log.

A value is hidden because of its name, because it has the shape of a secret, or because the settings
hold it as a secret. Of an exception's message only parts that cannot quote a person are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from telemetry.secret_values import HIDDEN, known_secrets, without_secrets

MAX_VALUE_LENGTH: Final = 1000  # characters of one value
MAX_DEPTH, MAX_ITEMS = 4, 50

# Values under these names are always hidden. `tokens_in`, a count, is not.
_PRIVATE_NAMES = re.compile(
    r"pass(word|wd|phrase)|secret|token(?!s)|authori[sz]ation|cookie|(api|private|access)_?key"
    r"|session|csrf|e?mail\b|prompt|answer|\bbody\b|stem\b|content|passage|quote|excerpt|sheet",
    re.I,
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Personal tokens, and the secrets of webhooks.
    (re.compile(r"profai_[0-9a-f]{8}_\w+|whsec_[\w+/=-]{8,}"), HIDDEN),
    (re.compile(r"\b(bearer|basic|token)\s+[\w.~+/=-]{8,}", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(sk|pk|rk|gsk|ghp|xox[abp])[-_][\w-]{6,}"), HIDDEN),
    (re.compile(r"\bA(KIA|SIA)[0-9A-Z]{12,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"\b(sessionid|csrftoken|csrfmiddlewaretoken)=[^\s;&]+", re.I), rf"\1={HIDDEN}"),
    (re.compile(r"://[^/\s@]*@"), f"://{HIDDEN}@"),
    # Queries and fragments of URLs: signatures, searches, and whatever else clients put there.
    (re.compile(r"(https?://[^\s?#\"']+)[?#][^\s\"']*"), rf"\1?{HIDDEN}"),
    (re.compile(r"\b(password|passwd|api_?key|secret)(\s*[=:]\s*)\S+", re.I), rf"\1\2{HIDDEN}"),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]+(\.[\w-]+)+"), "[address]"),
)
# Line breaks of all kinds, escapes of terminals, characters that reverse or hide text, and halves
# of surrogate pairs, which cannot be encoded.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


@lru_cache(maxsize=1000)
def _is_private(name: str) -> bool:
    return _PRIVATE_NAMES.search(name) is not None


def plain(text: str) -> str:
    """Returns the text in one line, with control characters escaped."""
    return _CONTROLS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode()


def redact(text: str) -> str:
    """Returns the text without secrets and e-mail addresses, as one line of limited length."""
    # More than is shown, so that no half of a secret remains at the end.
    return _redacted(text[: 4 * MAX_VALUE_LENGTH], known_secrets())


# Most texts repeat: routes, statements, names of loggers.
@lru_cache(maxsize=2000)
def _redacted(text: str, _secrets: frozenset[str]) -> str:
    text = without_secrets(text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    text = plain(text)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def scrub(value: Any, name: str = "", depth: int = 0) -> Any:
    """Returns the value as it may be logged."""
    if name and _is_private(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth < MAX_DEPTH:
        if isinstance(value, Mapping):
            return {redact(str(key)): scrub(one, str(key), depth + 1) for key, one in value.items()}
        return [scrub(one, "", depth + 1) for one in list(value)[:MAX_ITEMS]]
    return redact(_as_text(value))


def _as_text(value: Any) -> str:
    if isinstance(value, BaseException):
        return words_of(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return str(value)


# --- exceptions

# Their messages are about code, files and connections, never about documents.
_ABOUT_CODE = frozenset(
    f"builtins.{name}"
    for name in (
        "AttributeError", "ImportError", "IndexError", "MemoryError", "ModuleNotFoundError",
        "NameError", "NotImplementedError", "RecursionError", "StopIteration", "TypeError",
        "UnboundLocalError", "ZeroDivisionError",
    )
)  # fmt: skip
_ABOUT_CONNECTIONS = ("httpx.", "httpcore.", "ssl.", "socket.", "botocore.exceptions.Endpoint")
_ABOUT_SETTINGS = (
    "django.core.exceptions.ImproperlyConfigured",
    "django.core.exceptions.AppRegistryNotReady",
    "django.core.exceptions.FieldError",
    "django.core.exceptions.DisallowedHost",
    "django.template.exceptions.TemplateDoesNotExist",
    "django_q.exceptions.TimeoutException",
)


def kind_of(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def words_of(error: BaseException) -> str:
    """Returns the exception's type, and what of its message quotes no document, person or key."""
    said = said_by(error)
    return f"{kind_of(error)}: {said}" if said else kind_of(error)


def said_by(error: BaseException) -> str:
    kind = type(error)
    full = f"{kind.__module__}.{kind.__qualname__}"
    for handles, say in _SPEAKERS:
        if handles(error, full):
            return redact(say(error))
    return ""


def _of_ours(error: BaseException, _full: str) -> bool:
    """Whether the message was written by ProfAI; `quoted` is the part that quotes others."""
    return hasattr(error, "quoted")


def _without_quotes(error: BaseException) -> str:
    text = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if part := getattr(cause, "quoted", ""):
            text = text.replace(part, "[…]")
        cause = cause.__cause__
    return text


def _of_the_database(_error: BaseException, full: str) -> bool:
    return full.startswith(("django.db.utils.", "psycopg."))


def _database(error: BaseException) -> str:
    """Returns SQLSTATE and names. PostgreSQL's message may contain values, and its DETAIL does."""
    cause: Any = error if hasattr(error, "diag") else error.__cause__
    diag = getattr(cause, "diag", None)
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # The error is not from the server, but from the connection or the pool.
        return str(error).split("\n")[0] if "Operational" in type(error).__name__ else ""
    names = (getattr(diag, name, None) for name in ("table_name", "column_name", "constraint_name"))
    return " ".join([f"SQLSTATE {state}", *filter(None, names)])


def _system(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return f"[Errno {number}] {getattr(error, 'strerror', '')}" if number else ""


def _invalid(error: Any) -> str:
    """Returns which rules of Pydantic failed; not the fields, whose names may come from a model."""
    rules = {one["type"] for one in error.errors(include_url=False, include_input=False)}
    return f"{error.error_count()} of {error.title}: {', '.join(sorted(rules))}"


def _text_code(error: Any) -> str:
    verb = "decode" if isinstance(error.object, bytes) else "encode"
    return f"{error.encoding} cannot {verb} at {error.start}"


def _status(error: BaseException) -> str:
    return f"status {getattr(error, 'status_code', '')}".strip()


_Handles = Callable[[BaseException, str], bool]
_SPEAKERS: tuple[tuple[_Handles, Callable[[Any], str]], ...] = (
    (_of_ours, _without_quotes),
    (_of_the_database, _database),
    (
        lambda error, _full: isinstance(error, UnicodeError) and hasattr(error, "encoding"),
        _text_code,
    ),
    (lambda error, full: full.startswith("pydantic_core.") and hasattr(error, "errors"), _invalid),
    (lambda error, full: full.startswith("openai.") and hasattr(error, "status_code"), _status),
    (lambda _error, full: full.startswith(_ABOUT_CONNECTIONS), str),
    (lambda error, _full: isinstance(error, OSError), _system),
    (lambda _error, full: full in _ABOUT_CODE or full in _ABOUT_SETTINGS, str),
)
