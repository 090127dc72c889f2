"""Reads the whole numbers that browsers send in addresses and forms."""

from __future__ import annotations

KEY_DIGITS = 18  # each key that has no more fits into its column


def whole_number(text: str, digits: int = KEY_DIGITS) -> int | None:
    """Returns the number that the text is; None unless it is 1 to `digits` ASCII digits.

    Python's own `int` also reads signs, spaces and digits of other scripts, and raises ValueError
    for thousands of digits.
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if is_number else None
