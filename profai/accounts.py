"""The first accounts of a new installation, with passwords that nobody chose."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The password is in clear here and nowhere else: show it once."""

    name: str
    password: str


@transaction.atomic
def ensure_first_accounts() -> list[NewAccount]:
    """Make `admin` and `learner` where they are missing; return those that were made."""
    made = []
    if not User.objects.filter(is_superuser=True).exists():
        made.append(_make("admin", staff=True))
    if not User.objects.filter(is_staff=False).exists():
        made.append(_make("learner", staff=False))
    return made


def _make(name: str, *, staff: bool) -> NewAccount:
    account = NewAccount(name, secrets.token_urlsafe(12))
    User.objects.create_user(name, password=account.password, is_staff=staff, is_superuser=staff)
    return account
