"""For rows that are written by what happens, and by nobody in the admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


class KeptAsTheyAre:
    """Before ModelAdmin among a class's bases: looking is allowed, nothing else is."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
