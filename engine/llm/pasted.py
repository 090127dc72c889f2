"""Cleans pasted values of settings, and checks that a header can carry them."""

from __future__ import annotations

import re

from engine.llm.errors import AIError

_AROUND = (
    " \t\r\n\f\v\u00a0\u200b\u200c\u200d\u2060\ufeff'\"`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
)
_CARRIED = re.compile(r"[\x21-\x7e]*")


def pasted(value: object) -> str:
    """Returns `value` without surrounding spaces, line ends and quotes."""
    return str(value).strip(_AROUND)


def is_carried(value: str) -> bool:
    """Whether a header can carry it: printable ASCII without spaces, as all keys are."""
    return _CARRIED.fullmatch(value) is not None


def key_problem(setting: str, value: object) -> str:
    """Returns what is wrong with the key in `setting`, without the key itself; "" if nothing is."""
    if is_carried(pasted(value)):
        return ""
    return (
        f"{setting} holds a character that no key has, such as a space, a line break or a "
        "curly quote. Copy the key once more from the provider's page, on one line."
    )


def key_of(setting: str, value: object) -> str:
    """Returns the key that was pasted into `setting`. Raises AIError if no header can carry it."""
    if problem := key_problem(setting, value):
        raise AIError(problem, permanent=True)
    return pasted(value)
