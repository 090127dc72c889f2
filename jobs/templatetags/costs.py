"""What paid services cost, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from django import template

register = template.Library()

CENT = Decimal("0.01")


class Paid(Protocol):
    calls: int
    cost: Decimal


@register.filter
def dollars(work: Paid) -> str:
    """Returns "$1.25", with more digits below a cent; a dash for work that used no paid service."""
    if not work.calls:
        return "\u2013"
    if not work.cost:
        return "no price set"
    return f"${work.cost:.2f}" if work.cost >= CENT else f"${work.cost:.5f}"
