"""Browsers in which somebody has logged in before.

They are let off the limits that strangers share: whoever guesses passwords from the same school, or
for the same account, locks nobody out of the browser that they always use.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SALT = "profai.device"
KEPT = timedelta(days=180)
# Accounts remembered in one browser, as people share computers; the oldest is dropped.
MAX_ACCOUNTS_A_BROWSER = 10
STRANGE = "strange"


def known_device(request: HttpRequest, account: str) -> str:
    """Returns the id of the browser if this account has logged in there before, else `STRANGE`."""
    found = _read(request)
    return f"device {found['id']}" if _mark(account) in found["accounts"] else STRANGE


def remember(request: HttpRequest, account: str) -> None:
    """Sets the browser's cookie in the response to this request."""
    found = _read(request)
    marks = [mark for mark in found["accounts"] if mark != _mark(account)]
    found["accounts"] = [*marks, _mark(account)][-MAX_ACCOUNTS_A_BROWSER:]
    request.remember_device = found  # type: ignore[attr-defined] # ours


class RememberDeviceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        found = getattr(request, "remember_device", None)
        if found is not None:
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                signing.dumps(found, salt=SALT),
                max_age=KEPT,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def _read(request: HttpRequest) -> dict[str, Any]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        found: dict[str, Any] = signing.loads(cookie, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return {"id": secrets.token_hex(8), "accounts": []}
    return found


def _mark(account: str) -> str:
    return sha256(account.encode()).hexdigest()[:16]
