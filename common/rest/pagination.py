"""Lists: pages, and an order that is either known or refused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from common.alphabet import in_alphabet


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("page_size")
        if given is None:
            return self.page_size
        # A longer text is no such number, and one of thousands of digits Python does not read.
        short = given.isascii() and given.isdigit() and len(given) <= len(str(self.max_page_size))
        if not (short and 1 <= int(given) <= self.max_page_size):
            raise ValidationError({"page_size": [f"Use a number from 1 to {self.max_page_size}."]})
        return int(given)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"] |= {"minimum": 1}
            if parameter["name"] == "page_size":
                parameter["schema"] |= {"maximum": self.max_page_size}
        return parameters


class StrictOrdering(OrderingFilter):
    """An order that does not exist is an error, not silently another one.

    Texts are in the order of the alphabet. Rows that are equal in what a client asks for keep the
    list's own order, and the key comes last: without it pages would show a row twice and leave out
    another.
    """

    ordering_param = "ordering"

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        names = self.get_ordering(request, queryset, view) or ()
        asked = [term for name in names for term in in_alphabet(queryset.model, name)]
        own = queryset.query.order_by or queryset.model._meta.ordering
        return queryset.order_by(*asked, *own, "pk")

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> Any:
        known: Any = super().remove_invalid_fields(queryset, fields, view, request)
        unknown = [name for name in fields if name not in known]
        if unknown:
            names = ", ".join(sorted(name for name, _ in self.get_valid_fields(queryset, view)))
            raise ValidationError({"ordering": [f"Use {names}, each with - before it or not."]})
        return known
