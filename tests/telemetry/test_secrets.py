"""No secret of the settings is in a text that leaves the process, however it was printed."""

from __future__ import annotations

import base64
import html
import json
import pprint
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from engine.llm.errors import AIError, AnswerError, ProviderError
from profai.checks import check_settings
from profai.environment import env, rotating
from profai.sentry import start_sentry
from telemetry.redaction import redact
from telemetry.secret_values import forget_secrets, remember_secret, without_secrets

AWKWARD = "qz/Vt7\"w+é'k=19-Lm40&uR%3"
PLAIN = "qzsk-live-7Hf29LmQ4uRx"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget_secrets()
    yield
    forget_secrets()


def leaks(text: str, secret: str) -> bool:
    """Whether six characters of the secret in a row can be read in `text`, whatever breaks,
    quotes and escapes stand between them."""
    readings = {text, unquote(text), html.unescape(text)}
    for code in ("unicode_escape", "raw_unicode_escape"):
        readings.add(text.encode("ascii", "backslashreplace").decode(code, "replace"))
    parts = {secret[at : at + 6] for at in range(len(secret) - 5)}
    squeezed = ["".join(c for c in one if c not in " \n\r\t'\"\\") for one in readings]
    bare = {"".join(c for c in part if c not in " '\"\\") for part in parts}
    return any(part in one for part in bare for one in squeezed)


def test_the_search_finds_a_secret_between_breaks() -> None:
    assert leaks("sk\n-live-\\n7Hf29LmQ", PLAIN)
    assert not leaks("Nothing of it", PLAIN)


PRINTED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": repr,
    "bytes": lambda s: repr(s.encode()),
    "header": lambda s: f"Illegal header value {f'Bearer {s}'.encode()!r}",
    "with a line end": lambda s: repr(f"Bearer {s}\n".encode()),
    "json": json.dumps,
    "json in json": lambda s: json.dumps(json.dumps({"key": s})),
    "json with slashes escaped": lambda s: json.dumps(s).replace("/", "\\/"),
    "address": lambda s: f"postgres://profai:{quote(s, safe='')}@db/profai",
    "query": lambda s: f"https://x.example/v1?key={quote(s)}",
    "html": html.escape,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of echo": lambda s: base64.b64encode(f"{s}\n".encode()).decode(),
    "wrapped": lambda s: "\n".join(textwrap.wrap(s, 5)),
    "wrapped and indented": lambda s: "\n    ".join(textwrap.wrap(s, 7)),
    "pretty printed": lambda s: pprint.pformat({"key": f"{s} {s} {s}"}, width=20),
    "cut short": lambda s: f"Key: {s[:-3]}",
    "masked in the middle": lambda s: f"Incorrect API key provided: {s[:8]}*********{s[-4:]}.",
    "masked at the end": lambda s: f"Key {s[:7]}... is not known",
    "masked at the beginning": lambda s: f"Key ************{s[-6:]} is not known",
}


@pytest.mark.parametrize("form", PRINTED)
@pytest.mark.parametrize("secret", [AWKWARD, PLAIN])
def test_a_secret_is_hidden_in_every_form(settings: Settings, secret: str, form: str) -> None:
    settings.LLM_API_KEY = secret
    printed = f"Before {PRINTED[form](secret)} after"
    for hidden in (without_secrets(printed), redact(printed)):
        assert not leaks(hidden, secret)
        assert hidden.startswith("Before ")


NAMES = (
    *("LLM_API_KEY", "EMBEDDING_API_KEY", "CHROMA_API_KEY", "HEALTH_TOKEN", "METRICS_TOKEN"),
    *("SENTRY_DSN", "SECRET_KEY"),
)


def hold(name: str, secret: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "DATABASE_URL":
        monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", secret)
    elif name.endswith("S"):
        value: object = {"api-subscription-key": secret} if "HEADERS" in name else [secret]
        setattr(settings, name, value)
    else:
        setattr(settings, name, secret)


@pytest.mark.parametrize(
    "name",
    [*NAMES, "DATABASE_URL", "SECRET_KEY_FALLBACKS", "LLM_PROVIDER_KEYS", "LLM_EXTRA_HEADERS"],
)
def test_every_secret_setting_is_hidden(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for held in (PLAIN, f" {PLAIN}\n"):
        hold(name, held, settings, monkeypatch)
        forget_secrets()
        for form, printed in PRINTED.items():
            assert not leaks(redact(printed(PLAIN)), PLAIN), form


def test_secrets_of_webhooks_are_known_by_their_shape() -> None:
    secret = "whsec_" + base64.b64encode(b"0123456789abcdefghij").decode()
    assert not leaks(redact(f"signed with {secret!r}"), secret)


@pytest.mark.parametrize("kind", [AIError, ProviderError, AnswerError])
def test_the_errors_of_ai_parts_hold_no_secret_whoever_wrote_them(
    settings: Settings, kind: Callable[..., AIError]
) -> None:
    settings.CHROMA_API_KEY = PLAIN
    words = f"It said: {PRINTED['header'](PLAIN)}"
    more = {} if kind is AnswerError else {"permanent": True}
    error = kind(words, quoted=words, **more)
    assert not leaks(f"{error} {error!r} {error.args} {error.quoted}", PLAIN)
    assert "It said" in str(error)


def test_a_secret_that_stands_in_no_setting_can_be_remembered() -> None:
    remember_secret(f"{PLAIN}\n")
    assert without_secrets(f"with {PLAIN}.") == "with [hidden]."


def test_common_words_stay() -> None:
    words = "The key must not be empty... see https://x.example/docs (400), 3 * 4 ** 2 xxxx."
    assert without_secrets(words) == words


def test_an_address_of_a_database_that_cannot_be_read_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://profai:{PLAIN}/x@db:5432/profai")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is no address") as raised:
        env.db_url("DATABASE_URL")
    assert not leaks(f"{raised.value!r} {raised.value.__cause__!r}", PLAIN)


def test_a_dsn_of_sentry_that_cannot_be_read_is_not_shown(settings: Settings) -> None:
    settings.SENTRY_DSN = f"nothing://{PLAIN}"
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN is no DSN") as raised:
        start_sentry()
    assert not leaks(repr(raised.value), PLAIN)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("name", ["EMBEDDING_API_KEY", "CHROMA_API_KEY"])
def test_the_checks_name_a_key_that_no_header_carries(settings: Settings, name: str) -> None:
    setattr(settings, name, f"{PLAIN}\nmore")
    (found,) = [one for one in check_settings() if one.id == "profai.E007"]
    assert name in found.msg
    assert not leaks(str(found), PLAIN)
    setattr(settings, name, f" {PLAIN}\r\n")
    assert not [one for one in check_settings() if one.id == "profai.E007"]


def test_chroma_is_not_asked_with_a_key_that_no_header_carries(settings: Settings) -> None:
    settings.CHROMA_API_KEY = f"{PLAIN}\nmore"
    for call in (vector_store().heartbeat, vector_store().collection_sizes):
        with pytest.raises(AIError, match="CHROMA_API_KEY holds") as raised:
            call()
        assert not leaks(repr(raised.value), PLAIN)


def test_secrets_are_read_without_what_stands_around_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEALTH_TOKEN", f"  {PLAIN}\n")
    assert str(rotating("HEALTH_TOKEN")) == PLAIN
    (tmp_path / "token").write_text(f"{PLAIN} \r\n")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "token"))
    assert str(rotating("METRICS_TOKEN")) == PLAIN
