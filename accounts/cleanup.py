"""Tokens that nobody can use any more, by age."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from accounts.models import PersonalToken, TokenQuerySet


def old_tokens() -> TokenQuerySet:
    """Expired or revoked long ago: until then people see in the list what became of them."""
    return PersonalToken.objects.ended_before(timezone.now() - settings.CLEANUP_TOKENS)
