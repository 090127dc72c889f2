"""Reads quantities and ranges from short texts such as the cells of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from engine.language.words import base_language

NUMBER = r"[-+\u2212]?\d{1,3}(?:[ \u202f]\d{3})+(?!\d)|[-+\u2212]?\d+(?:[.,]\d+)*"
_QUANTITY = re.compile(
    rf"(?:about|approx(?:imately|\.)?|ca\.?|c\.|~|\u2248|roughly|etwa|env\.|circa)?\s*"
    rf"(?P<number>{NUMBER})\s*(?P<unit>[^\d\s].{{0,24}})?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"(?P<low>{NUMBER})\s*(?P<unit1>[^\d\s\u2013-]{{0,12}}?)\s*(?:to|bis|\u00e0|a|al|tot|до|\u2013|\u2014|-)"
    rf"\s*(?P<high>{NUMBER})\s*(?P<unit>[^\d]{{0,20}})",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    rf"(?:over|above|more than|greater than|at least|from|>=?|\u2265|\u00fcber|ab|mindestens"
    rf"|plus de|m\u00e1s de|oltre|mais de|meer dan|более|свыше)\s*(?P<low>{NUMBER})"
    rf"\s*(?P<unit>[^\d]{{0,20}})",
    re.IGNORECASE,
)
_BELOW = re.compile(
    rf"(?:under|below|less than|up to|at most|<=?|\u2264|unter|bis|weniger als|h\u00f6chstens"
    rf"|moins de"
    rf"|menos de|meno di|minder dan|менее|до)\s*(?P<high>{NUMBER})\s*(?P<unit>[^\d]{{0,20}})",
    re.IGNORECASE,
)
_MAX_EXPONENT = 15
_MIN_EDGE = 4  # half of less is no round number


@dataclass(frozen=True, slots=True)
class Quantity:
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`; None if it is open on that side."""

    low: Decimal | None
    high: Decimal | None
    unit: str

    def inside(self) -> Decimal | None:
        """Returns a round number that is certainly within; None if there is none."""
        if self.low is None or self.high is None:
            edge = self.low if self.low is not None else self.high
            if not edge or edge < _MIN_EDGE:
                return None
            return edge * Decimal("1.5") if self.low is not None else edge / 2
        middle = (self.low + self.high) / 2
        whole = middle.to_integral_value()
        if self.low < whole < self.high:
            return whole
        return middle if self.low < middle < self.high else None


def read_decimal(text: str, language: str) -> Decimal:
    """Returns the number of a text that matches NUMBER, by the language's decimal sign."""
    plain = text.replace("\u2212", "-").replace("\u202f", "").replace(" ", "").lstrip("+")
    decimal, thousands = (".", ",") if base_language(language) == "en" else (",", ".")
    if plain.count(thousands) == 1 and decimal not in plain:
        whole, rest = plain.split(thousands)
        # "0.5" stays itself in a German table; "3.000" is three thousand.
        if len(rest) != 3 or whole.lstrip("-") == "0":  # noqa: PLR2004 - digits of a group
            return Decimal(f"{whole}.{rest}")
    plain = plain.replace(thousands, "").replace(decimal, ".", 1)
    return Decimal(plain) if plain.count(".") <= 1 else Decimal(0)


def read_quantity(text: str, language: str) -> Quantity | None:
    found = _QUANTITY.fullmatch(text.strip())
    if not found or len(found["number"]) > _MAX_EXPONENT:
        return None
    return Quantity(read_decimal(found["number"], language), (found["unit"] or "").strip())


def read_range(text: str, language: str) -> Range | None:
    """Returns the range of "6 to 12 years" or "over 12 years"; None of mixed units."""
    text = text.strip()
    if found := _BETWEEN.fullmatch(text):
        unit = found["unit"].strip()
        if found["unit1"] and found["unit1"].strip() != unit:
            return None
        low, high = (read_decimal(found[name], language) for name in ("low", "high"))
        return Range(low, high, unit) if low < high else None
    if found := _ABOVE.fullmatch(text):
        return Range(read_decimal(found["low"], language), None, found["unit"].strip())
    if found := _BELOW.fullmatch(text):
        return Range(None, read_decimal(found["high"], language), found["unit"].strip())
    return None


def shown(value: Decimal) -> str:
    """Returns the number as people write it: no exponent, no zeros behind the decimals."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
