"""Examples of webhooks in the OpenAPI document."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

URL = "https://hooks.school.example/profai"

NEW = OpenApiExample(
    "A webhook for results",
    value={"url": URL, "events": ["attempt.submitted"], "description": "Mark book"},
    request_only=True,
)
MADE = OpenApiExample(
    "Made",
    value={
        "id": 3,
        "url": URL,
        "description": "Mark book",
        "events": ["attempt.submitted"],
        "active": True,
        "created_at": "2026-01-31T09:00:00Z",
        "disabled_at": None,
        "disabled_reason": "",
        "secret": "whsec_c2hvd24gb25jZSBhbmQgbmV2ZXIgYWdhaW4uLi4=",
    },
    response_only=True,
    status_codes=["201"],
)
