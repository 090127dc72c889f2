"""Whether a quote stands in its passage, as a reader would say."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from engine.questions.question_text import INVISIBLE

_ELLIPSIS = re.compile(r"[\[(]?(?:\u2026|\.\s?\.\s?\.)[\])]?")
_SIGNS = frozenset("+=<>%^*/\u00b1\u2264\u2265\u2260\u00d7\u00f7")
_MIN_PART = 6  # characters between two ellipses, fewer than which are found anywhere


def is_quoted(quote: str, passage: str) -> bool:
    """Whether the passage holds the quote, or its parts between ellipses in their order.

    Case, spaces, line ends, hyphens, marks of punctuation and Markdown do not count; numbers and
    signs of calculation do.
    """
    text = _letters(passage)
    whole = _letters(quote)
    if not whole:
        return False
    if whole in text:
        return True
    parts = [_letters(part) for part in _ELLIPSIS.split(quote)]
    parts = [part for part in parts if part]
    if len(parts) < 2 or min(map(len, parts)) < _MIN_PART:  # noqa: PLR2004 - a quote with a gap
        return False
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _letters(text: str) -> str:
    """Returns letters, digits and signs of calculation alone, to compare quotes.

    A point or comma between digits and a minus before one are kept: they change a number.
    """
    folded = normalize("NFKC", re.sub(INVISIBLE, "", text)).casefold().replace("\u2212", "-")
    kept = []
    for index, char in enumerate(folded):
        before, after = folded[index - 1 : index], folded[index + 1 : index + 2]
        in_number = char in ".," and before.isdigit() and after.isdigit()
        is_minus = char == "-" and after.isdigit() and not before.isalnum()
        is_letter = char.isalnum() or category(char)[0] == "M"
        if is_letter or char in _SIGNS or in_number or is_minus:
            kept.append(char)
    return "".join(kept)
