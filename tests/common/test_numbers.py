from __future__ import annotations

import pytest

from common.numbers import KEY_DIGITS, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * KEY_DIGITS, 10**18 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", " 1", "1_000", "1.0", "\u0663", "\u00b2", "9" * 19, "9" * 5000]
)
def test_whatever_else_is_sent_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_a_limit_of_digits() -> None:
    assert whole_number("999", 3) == 999
    assert whole_number("1000", 3) is None
