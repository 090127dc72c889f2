"""Tells the hyphens that belong to a word from those that only break it at a line's end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.language.words import zipf
from engine.reading.text import BREAK

_LAST = re.compile(f"([^\\W\\d_]+)(?:{BREAK}|-)$")
_FIRST = re.compile(r"[^\W\d_]+")
# Other languages break compounds between their parts, so that both halves are words.
_LANGUAGES = ("en",)
KNOWN, COMMON = 3.0, 3.0


def kept_hyphens(lines: Sequence[str], language: str) -> frozenset[str]:
    """Returns words like "self-esteem" that are broken at their hyphen, in lower case.

    Both halves are common words, and what they give without the hyphen is none.
    """
    if language not in _LANGUAGES:
        return frozenset()
    kept = set[str]()
    for line, after in pairwise(lines):
        last, first = _LAST.search(line), _FIRST.match(after)
        if last is None or first is None:
            continue
        left, right = last.group(1).lower(), first.group().lower()
        halves = min(zipf(left, language), zipf(right, language))
        if halves >= COMMON and zipf(left + right, language) < KNOWN:
            kept.add(f"{left}-{right}")
    return frozenset(kept)
