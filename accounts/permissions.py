"""Checks the scope of tokens: a view's `scopes` name the scope that each action needs.

    scopes = {"list": "courses:read", "publish": "courses:write"}   # a view set, by action
    scopes = {"GET": "courses:read", "*": "courses:write"}          # a view, by method

The values are those of `Scope`, as plain text: the apps with the views do not import this one.
A token gives no right that its owner lacks: the owner's permissions are checked as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    # `rest_framework.views` reads the settings, and the settings name this module.
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
    """Lets a token pass only if it has the scope that the view names. Raises ScopeMissingError.

    Requests without a token pass; other permissions check the login. A view that names no scope
    takes no tokens. A method that the view lacks passes, because the view answers 405.
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
    """Returns the scope by the view's action, else by the method, else of "*"; HEAD needs that of
    GET."""
    scopes: dict[str, str] = getattr(view, "scopes", {})
    names = (getattr(view, "action", None), "GET" if method == "HEAD" else method, "*")
    return next((scopes[name] for name in names if name in scopes), None)
