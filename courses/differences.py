"""Two texts compared word by word, for people who merge them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r"\s+|[^\s\w]|\w+")
# Comparing takes the product of both lengths; longer texts are compared line by line.
MAX_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that stand in both texts, or in one of them only."""

    state: Literal["same", "gone", "new"]
    text: str


def difference(before: str, after: str) -> list[Stretch]:
    """Returns both texts as one, in stretches."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MAX_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Stretch] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Stretch("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Stretch("gone", "".join(old[a:b])))
        if c < d:
            found.append(Stretch("new", "".join(new[c:d])))
    return found
