"""The secrets that this process knows, and their removal from any text.

A secret is found in each form in which programs print it: as it is, by `repr`, as bytes, as JSON,
in an address, in HTML, as base64, broken over lines, cut short, or with its middle masked.
"""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

HIDDEN: Final = "[hidden]"
MIN_SECRET_LENGTH: Final = 8  # shorter values are not searched for
FRESH: Final = 30.0  # seconds for which what the settings hold is remembered
NEVER: Final = float("-inf")

_SETTING = re.compile(r"(KEY|KEYS|FALLBACKS|TOKEN|SECRET|PASSWORD|DSN|EXTRA_HEADERS)$")
_HEAD: Final = 4  # characters by which a text is searched for secrets at all
# If so many characters of a secret's beginning are found, it is hidden.
_MIN_PART, _MAX_PART = 10, 20
# What a terminal, a pretty-printer or JSON puts between two characters of a long word.
_BREAK: Final = r"""(?:\\{1,4}[nrt]|[\s'"]){0,40}"""
_GAPS = re.compile(r"""\\{1,4}[nrt]|[\s'"]""")
# A word with a part that was masked or left out.
_MASKED = re.compile(
    r"(?P<head>[^\s*•…]{0,80}?)(?:[*•…]{2,}|…|\.{3,}|[xX]{4,})(?P<tail>[^\s*•…]{0,80})"
)
_MASKS = ("**", "•", "…", "...", "xxxx", "XXXX")
_MIN_HEAD, _MIN_TAIL = 5, 4  # characters

_known: tuple[float, frozenset[str]] = (NEVER, frozenset())
_remembered: dict[str, None] = {}
MAX_REMEMBERED: Final = 100


def without_secrets(text: str) -> str:
    """Returns `text` with HIDDEN in place of each secret that this process knows."""
    finder = _finder(known_secrets())
    return finder.hide(text) if finder else text


def known_secrets() -> frozenset[str]:
    """Returns keys, tokens and passwords of the settings, and those that were remembered.

    The settings are read again after FRESH seconds, because secrets may be rotated.
    """
    global _known  # noqa: PLW0603 - one for the process
    now = time.monotonic()
    if settings.configured and now - _known[0] > FRESH:
        # Set first: reading the settings may log a line, which calls this function.
        _known = (now, _known[1])
        _known = (now, frozenset(_long_enough([*_of_settings(), *_remembered])))
    return _known[1]


def remember_secret(value: str) -> None:
    """Hides `value` from now on. For a secret that no setting holds, or that was just rotated."""
    global _known  # noqa: PLW0603 - as above
    if value in _remembered or not list(_long_enough([value])):
        return
    _remembered[value] = None
    while len(_remembered) > MAX_REMEMBERED:
        del _remembered[next(iter(_remembered))]
    _known = (_known[0], _known[1] | frozenset(_long_enough([value])))


def forget_secrets() -> None:
    """Makes the next call read the settings again."""
    global _known  # noqa: PLW0603 - as above
    _known = (NEVER, frozenset())


def _of_settings() -> Iterator[str]:
    for name in dir(settings):
        if name.isupper() and _SETTING.search(name):
            yield from _texts(getattr(settings, name))
    for database in getattr(settings, "DATABASES", {}).values():
        yield from _texts(database.get("PASSWORD", ""))


def _texts(value: Any) -> Iterator[str]:
    """Yields the texts of a setting. Rotated secrets are read from their files; a missing file is
    skipped."""
    if isinstance(value, Mapping):
        value = list(value.values())
    for one in value if isinstance(value, list | tuple) else [value]:
        try:
            yield str(one)
        except (OSError, ImproperlyConfigured):
            continue


def _long_enough(values: Iterable[str]) -> Iterator[str]:
    """Yields each value as it is and without spaces around it, unless it is too short."""
    for value in values:
        for text in {value, value.strip()}:
            if len(text.strip()) >= MIN_SECRET_LENGTH:
                yield text


class _Finder:
    def __init__(self, secrets: frozenset[str]) -> None:
        self._secrets = sorted({secret.strip() for secret in secrets}, key=len, reverse=True)
        forms = {form for secret in secrets for form in _forms(secret)}
        self._heads = {_GAPS.sub("", form)[:_HEAD] for form in forms}
        # The longest first: a shorter one may be the beginning of a longer one.
        alternatives = "|".join(map(_spaced, sorted(forms, key=len, reverse=True)))
        self._whole = re.compile(alternatives)

    def hide(self, text: str) -> str:
        squeezed = _GAPS.sub("", text)
        if any(head in squeezed for head in self._heads):
            text = self._whole.sub(HIDDEN, text)
            text = self._without_beginnings(text)
        if any(mask in text for mask in _MASKS):
            text = _MASKED.sub(self._unmasked, text)
        return text

    def _without_beginnings(self, text: str) -> str:
        """Hides secrets that were cut short, at the end of a line for example."""
        for secret in self._secrets:
            size = min(max(_MIN_PART, len(secret) * 2 // 3), _MAX_PART)
            if size >= len(secret):
                continue
            while (start := text.find(secret[:size])) >= 0:
                end = start + size
                while end < len(text) and text[start : end + 1] == secret[: end + 1 - start]:
                    end += 1
                text = f"{text[:start]}{HIDDEN}{text[end:]}"
        return text

    def _unmasked(self, found: re.Match[str]) -> str:
        head, tail = found["head"], found["tail"].rstrip(".,;:!?)]}'\"")
        for secret in self._secrets:
            for size in range(len(secret) - 1, _MIN_HEAD - 1, -1):
                if head.endswith(secret[:size]):
                    return head[:-size] + HIDDEN + found["tail"][len(tail) :]
            if len(tail) >= _MIN_TAIL and secret.endswith(tail):
                return HIDDEN + found["tail"][len(tail) :]
        return found[0]


@lru_cache(maxsize=8)
def _finder(secrets: frozenset[str]) -> _Finder | None:
    return _Finder(secrets) if secrets else None


def _forms(secret: str) -> set[str]:
    """Returns all forms in which `secret` may be printed."""
    forms = {secret, secret.strip()}
    for text in tuple(forms):
        data = text.encode("utf-8", "surrogatepass")
        forms |= {repr(text)[1:-1], repr(data)[2:-1], ascii(text)[1:-1], *_in_json(text)}
        quoted = {quote(data), quote(data, safe=""), quote_plus(data)}
        forms |= quoted | {re.sub("%..", lambda hexed: hexed[0].lower(), one) for one in quoted}
        # As `echo secret | base64` has it too: the line's end is in its last characters only.
        forms |= {html.escape(text), base64.b64encode(data)[: len(data) // 3 * 4].decode()}
    # What was printed once is often printed again, within something larger.
    forms |= {again for form in tuple(forms) for again in _in_json(form)}
    return {form for form in forms if len(_GAPS.sub("", form)) >= MIN_SECRET_LENGTH}


def _in_json(text: str) -> set[str]:
    escaped, readable = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    return {escaped, readable, escaped.replace("/", "\\/")}


def _spaced(form: str) -> str:
    """Returns a pattern of `form` that allows line breaks between its characters."""
    return _BREAK.join(map(re.escape, _GAPS.sub("", form)))
