"""What is open in somebody's name when their account changes, whoever changes it.

Django tells of new passwords (`accounts.passwords`), but neither of one that was taken away nor of
rights that an account got or lost. So a row is compared with what it was before it is saved.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User

from accounts.audit import record, target_of
from accounts.current import current_request
from accounts.passwords import end_access
from accounts.sessions import end_sessions

RIGHTS = {"is_staff", "is_superuser"}
WATCHED = RIGHTS | {"password"}


def note_before(
    instance: Any, update_fields: Collection[str] | None = None, **_signal: Any
) -> None:
    """Nothing is asked of what is new, nor for the note of a login."""
    saved = WATCHED if update_fields is None else WATCHED & set(update_fields)
    instance.was_before = None
    if saved and not instance._state.adding:
        instance.was_before = User.objects.filter(pk=instance.pk).values(*saved).first()


def look_after(instance: Any, **_signal: Any) -> None:
    was = instance.__dict__.pop("was_before", None) or {}
    changed = {name for name, value in was.items() if value != getattr(instance, name)}
    if "password" in changed and not instance.has_usable_password():
        _without_password(instance)
    if changed & RIGHTS:
        _with_other_rights(instance)


def _without_password(user: User) -> None:
    record("disable password", request=current_request(), target=target_of(user))
    end_access(user)


def _with_other_rights(user: User) -> None:
    """A session keeps the limits that its login gave it: who becomes staff logs in again."""
    request = current_request()
    ended = end_sessions(user.pk, but=request.session.session_key if request else None)
    detail = f"Staff or superuser status was changed. Sessions ended: {ended}."
    record("sign out everywhere", request=request, target=target_of(user), detail=detail)
