"""The label of a support score."""

from __future__ import annotations

from django import template

from courses.support import support_kind
from jobs.admin_base import status_label

register = template.Library()


@register.filter
def support_label(support: float | None, words: str = "support") -> str:
    """For example "weakest support 40%"; a dash where nothing is cited."""
    if support is None:
        return "\u2013"
    return status_label(support_kind(support), f"{words} {support:.0%}".strip())
