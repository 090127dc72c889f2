"""Raised and lowered letters as characters: "10" with a raised 4 becomes 10⁴."""

from __future__ import annotations

from engine.reading.marks import LOWERED_LETTERS, RAISED_LETTERS

_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "re", "e", "o", "a"))


def scripted(text: str, *, raised: bool, before: str = "") -> str:
    """Returns letters that stand above or below the line; `before` is the text in front."""
    bare = text.strip()
    if not bare:
        return text
    if raised and bare in _ORDINALS and before[-1:].isdecimal():
        return text
    table = RAISED_LETTERS if raised else LOWERED_LETTERS
    if all(letter in table for letter in bare):
        return text.replace(bare, "".join(table[letter] for letter in bare))
    sign = "^" if raised else "_"
    return text.replace(bare, sign + (bare if len(bare) == 1 else f"{{{bare}}}"))
