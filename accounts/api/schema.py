"""Tokens in the OpenAPI document: the scheme, and the scope that each operation needs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample

from accounts.models import Scope
from accounts.permissions import needed_scope

_ABOUT = (
    "A personal token, made at `/account/tokens/`. An operation needs the scope that it names "
    "in its `security`; none includes another. What your account may not do, a token may not "
    "either."
)


class PersonalTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers it
    """Registered by its definition. The scope is given where OpenAPI 3.1 has roles."""

    target_class = "accounts.authentication.PersonalTokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "profai_<prefix>_<secret>",
            "description": f"{_ABOUT} The scopes are: {', '.join(Scope.values)}.",
        }

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Empty for views that accept no tokens."""
        needed = needed_scope(auto_schema.view, auto_schema.method)
        return [] if needed is None else [{self.name: [needed]}]


_SHOWN_ONCE = f"profai_3f9c2a10_{'0123456789abcdef' * 4}"
LOGIN = OpenApiExample(
    "A token of all scopes",
    {"token": _SHOWN_ONCE, "expires_at": "2027-01-31T12:00:00Z"},
    response_only=True,
    status_codes=["200"],
)
NEW = OpenApiExample(
    "A token to read with",
    {"name": "Nightly report", "scopes": ["courses:read", "quizzes:read"], "expires_in_days": 90},
    request_only=True,
)
