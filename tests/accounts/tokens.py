"""Tokens and clients that send them."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from accounts.models import Scope
from accounts.services import MadeToken, make_token


def token_of(user: User, *scopes: str, name: str = "script", days: int | None = 90) -> MadeToken:
    chosen: Collection[str] = scopes or Scope.values
    return make_token(user=user, name=name, scopes=chosen, days=days)


def bearer(text: str, keyword: str = "Bearer") -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"{keyword} {text}")
    return api
