"""The look of a term: a technical name, an acronym, a name, or plain words."""

from __future__ import annotations

import re

from courses.language.words import zipf
from quizzes.generation.extractive.facts import Shape

_TECHNICAL = re.compile(r"[a-z][A-Z]|[_/\\=<>$~@]|\w[.:]\w|\(\)|^[-.]|\w\(|^\w+-\w*\d")
# A word of lower rank than these stands in no dictionary: the name of a program or a file.
_UNKNOWN = 1.2
_UNKNOWN_PART = 2.0


def shape_of(text: str) -> Shape:
    words = text.split()
    if len(words) == 1 and text.islower() and _is_unknown(text):
        return Shape.CODE
    if any(_TECHNICAL.search(word) for word in words):
        return Shape.CODE
    if all(word.isupper() for word in words) and len(text) > 1:
        return Shape.ACRONYM
    if any(char.isupper() for char in text):
        return Shape.NAME
    return Shape.WORD


def _is_unknown(word: str) -> bool:
    parts = word.split("-")
    if len(parts) > 1:
        return any(zipf(part, "en") < _UNKNOWN_PART for part in parts)
    return zipf(word, "en") < _UNKNOWN


def code_form(text: str) -> str:
    """The kind of a technical name, by the signs in it; a plain word has none."""
    if text.startswith("-"):
        return "option"
    return next((sign for sign in "(/._$@" if sign in text), "")
