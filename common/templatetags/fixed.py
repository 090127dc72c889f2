"""Parts of pages that are the same on each of them and for everybody who reads one language."""

from __future__ import annotations

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def fixed(name: str) -> SafeString:
    """Returns the text of this template, which depends on the language only: made once for each."""
    return _rendered(name, get_language())


@cache
def _rendered(name: str, language: str | None) -> SafeString:
    return render_to_string(name, {"LANGUAGE_CODE": language})
