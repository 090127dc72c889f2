"""Fields of requests that are stricter than the library's."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class JSONBooleanField(serializers.BooleanField):
    """As the document of the API says: 0, 1 and words are refused."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
