"""Checks the scope of tokens: a view's `scopes` name the scope that each action needs.

    scopes = {"list": "courses:read", "publish": "courses:write"}   # a view set, by action
    scopes = {"GET": "courses:read", "*": "courses:write"}          # a view, by method

The values are those of `Scope`, as plain text: the apps with the views do not import this one.
Nobody gains anything by a token: what its owner may do is asked besides, as without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    # Importing its module here would be circular: it reads the settings, which name this one.
    from rest_framework.views import APIView


class ScopeMissingError(PermissionDenied):
    default_code = "scope_missing"

    def __init__(self, needed: str | None) -> None:
        if needed is None:
            super().__init__("This cannot be done with a token; log in with a browser.")
            self.auth_header = 'Bearer realm="api", error="insufficient_scope"'
        else:
            super().__init__(f"This token lacks the scope {needed}, which is needed for this.")
            self.auth_header = f'Bearer realm="api", error="insufficient_scope", scope="{needed}"'


class HasScope(BasePermission):
    """People with a session pass. A token passes if it has the scope that the view names.

    A view that names none takes no tokens. What a view has no method for is let through to
    its answer 405. Raises ScopeMissingError.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        token: Any = request.auth
        if token is None or request.method not in view.allowed_methods:
            return True
        needed = needed_scope(view, request.method or "")
        if needed is None or needed not in token.scopes:
            raise ScopeMissingError(needed)
        return True


def needed_scope(view: Any, method: str) -> str | None:
    """The scope by the view's action, else by the method, else of "*"; HEAD needs that of GET."""
    scopes: dict[str, str] = getattr(view, "scopes", {})
    names = (getattr(view, "action", None), "GET" if method == "HEAD" else method, "*")
    return next((scopes[name] for name in names if name in scopes), None)
