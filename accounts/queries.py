"""Which tokens a person sees: only their own."""

from __future__ import annotations

from typing import Any

from accounts.models import PersonalToken, TokenQuerySet


def own_tokens(user: Any) -> TokenQuerySet:
    if not user.is_authenticated:
        return PersonalToken.objects.none()
    return PersonalToken.objects.filter(user=user)
