"""The label of a question's support score."""

from __future__ import annotations

from django import template

from common.admin.base import status_label
from engine.lessons.schemas import WEAK_SUPPORT

register = template.Library()


@register.filter
def support_label(support: float | None, words: str = "support") -> str:
    """For example "support 40%"; a dash where nothing is cited."""
    if support is None:
        return "\u2013"
    kind = "weak" if support < WEAK_SUPPORT else "strong"
    return status_label(kind, f"{words} {support:.0%}".strip())
