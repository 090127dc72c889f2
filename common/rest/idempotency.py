"""The header by which a request that makes something may be sent again."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Of your choice. The same request with the same key within a day makes nothing "
    "new, so that it can be sent again after an answer was lost; another request is refused.",
)


def request_key(request: Request) -> str:
    return request.headers.get("Idempotency-Key", "")
