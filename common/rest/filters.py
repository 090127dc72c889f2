"""Filters of lists: a value that cannot be understood is an error, never ignored."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import django_filters as filters
from django import forms
from drf_spectacular.utils import extend_schema_field


class Filters(filters.FilterSet):  # type: ignore[misc] # untyped
    """Refuses a filter without a value: it is a mistake in the client's program."""

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        empty = [name for name in self.filters if self.data.get(name) == ""]
        for name in empty:
            self.form.add_error(name, "Give it a value, or leave it out.")
        return not empty


class TextFilter(filters.CharFilter):  # type: ignore[misc] # untyped
    """Searches for composed letters, as texts are stored: macOS sends accents separately."""

    def filter(self, qs: Any, value: str) -> Any:
        return super().filter(qs, normalize("NFC", value))


@extend_schema_field(int)
class WholeNumberFilter(filters.NumberFilter):  # type: ignore[misc] # untyped
    field_class = forms.IntegerField


@extend_schema_field(bool)
class YesNoFilter(filters.TypedChoiceFilter):  # type: ignore[misc] # untyped
    """`true` or `false`."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("true", "yes"), ("false", "no")]
        super().__init__(choices=choices, coerce=lambda word: word == "true", **kwargs)
