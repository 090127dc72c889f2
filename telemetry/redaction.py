"""What keeps private things and tricks out of the log: for words, names and exceptions.

Values are judged three ways: by the name that they come under, by the shapes that secrets are
known to have, and by the secrets that the settings hold now. Exceptions say in their own words
only what is known to quote nobody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

HIDDEN: Final = "[hidden]"
LONGEST: Final = 1000  # characters of one value
DEEPEST, MOST_PARTS = 4, 50

# Of values that are hidden whatever they hold. `tokens_in` counts what models read.
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
    # Signed addresses, searches, and whatever else clients put there.
    (re.compile(r"(https?://[^\s?#\"']+)[?#][^\s\"']*"), rf"\1?{HIDDEN}"),
    (re.compile(r"\b(password|passwd|api_?key|secret)(\s*[=:]\s*)\S+", re.I), rf"\1\2{HIDDEN}"),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]+(\.[\w-]+)+"), "[address]"),
)
# Line breaks of all kinds, escapes of terminals, marks that turn text round or hide it, and
# halves of characters, which no encoder takes.
_TRICKS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SETTING = re.compile(r"(KEY|KEYS|FALLBACKS|TOKEN|SECRET|PASSWORD|DSN)$")
SHORTEST_SECRET: Final = 8
FRESH: Final = 30.0  # seconds for which what the settings hold is remembered

NEVER: Final = float("-inf")
_known: tuple[float, frozenset[str]] = (NEVER, frozenset())


@lru_cache(maxsize=1000)
def _is_private(name: str) -> bool:
    return _PRIVATE_NAMES.search(name) is not None


def plain(text: str) -> str:
    """One line that shows what it holds and does nothing to a terminal."""
    return _TRICKS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode()


def redact(text: str) -> str:
    """Without secrets and addresses, in one plain line of limited length."""
    # More than is shown, so that no half of a secret stands at the end.
    return _redacted(text[: 4 * LONGEST], known_secrets())


# Most of what lines and spans say has been said before: routes, statements, names of loggers.
@lru_cache(maxsize=2000)
def _redacted(text: str, secrets: frozenset[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    text = plain(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def scrub(value: Any, name: str = "", depth: int = 0) -> Any:
    """A value as it may stand in a line."""
    if name and _is_private(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth < DEEPEST:
        return _parts(value, depth + 1)
    return redact(_as_text(value))


def _parts(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {redact(str(key)): scrub(one, str(key), depth) for key, one in value.items()}
    return [scrub(one, "", depth) for one in list(value)[:MOST_PARTS]]


def _as_text(value: Any) -> str:
    if isinstance(value, BaseException):
        return words_of(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return str(value)


def known_secrets() -> frozenset[str]:
    """Keys, tokens and passwords of the settings, rotated ones after FRESH seconds."""
    global _known  # noqa: PLW0603 - one memory a process; whoever reads half of it reads it again
    now = time.monotonic()
    if settings.configured and now - _known[0] > FRESH:
        # First of all, for what is read here may have something to log.
        _known = (now, _known[1])
        _known = (now, frozenset(_secrets_of_settings()))
    return _known[1]


def forget_secrets() -> None:
    """Read the settings again at the next line."""
    global _known  # noqa: PLW0603 - as above
    _known = (NEVER, frozenset())


def _secrets_of_settings() -> list[str]:
    found: list[Any] = []
    for name in dir(settings):
        if name.isupper() and _SETTING.search(name):
            value = getattr(settings, name)
            found.extend(value if isinstance(value, list | tuple) else [value])
    databases = getattr(settings, "DATABASES", {}).values()
    found.extend(database.get("PASSWORD", "") for database in databases)
    return [text for value in found if len(text := _text(value)) >= SHORTEST_SECRET]


def _text(value: object) -> str:
    """Rotating secrets are read from their files here; one that is not there hides nothing."""
    try:
        return str(value)
    except (OSError, ImproperlyConfigured):
        return ""


# --- exceptions

# Their words are about code, files and connections, never about what was being worked on.
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
    """The exception's type, and of its words those that quote no document, person or key."""
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
    """Written for people who look after ProfAI; see `quoted` for what others said."""
    return hasattr(error, "quoted")


def _without_quotes(error: BaseException) -> str:
    text = str(error)
    for part in _quoted(error):
        text = text.replace(part, "[…]")
    return text


def _quoted(error: BaseException | None) -> list[str]:
    parts: list[str] = []
    while error is not None:
        part = getattr(error, "quoted", "")
        parts.extend([part] if part else [])
        error = error.__cause__
    return parts


def _of_the_database(_error: BaseException, full: str) -> bool:
    return full.startswith(("django.db.utils.", "psycopg."))


def _database(error: BaseException) -> str:
    """SQLSTATE and names. PostgreSQL's own words may hold values, and its DETAIL does."""
    cause: Any = error if hasattr(error, "diag") else error.__cause__
    diag = getattr(cause, "diag", None)
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # No server spoke: the connection, or a limit of the pool's.
        return str(error).split("\n")[0] if "Operational" in type(error).__name__ else ""
    names = (getattr(diag, name, None) for name in ("table_name", "column_name", "constraint_name"))
    return " ".join([f"SQLSTATE {state}", *filter(None, names)])


def _system(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return f"[Errno {number}] {getattr(error, 'strerror', '')}" if number else ""


def _invalid(error: Any) -> str:
    """Pydantic's: which rules were broken; not where, for names may come from a model."""
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
