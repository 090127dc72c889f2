"""Lists: pages, and an order that is either known or refused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class StrictOrdering(OrderingFilter):
    """An order that does not exist is an error, not silently another one."""

    ordering_param = "ordering"

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> Any:
        known: Any = super().remove_invalid_fields(queryset, fields, view, request)
        unknown = [name for name in fields if name not in known]
        if unknown:
            names = ", ".join(sorted(name for name, _ in self.get_valid_fields(queryset, view)))
            raise ValidationError({"ordering": [f"Use {names}, each with - before it or not."]})
        return known
