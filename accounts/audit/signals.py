"""Signals that end a person's sessions and tokens when their account changes.

Django has a hook for new passwords (`accounts.passwords`), but none for a removed password or for
changed rights. So a row is compared with its state before it is saved.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User

from accounts.audit.log import record, target_of
from accounts.audit.request_context import current_request
from accounts.passwords import end_access
from accounts.sessions import end_sessions

RIGHTS = {"is_staff", "is_superuser"}
WATCHED = RIGHTS | {"password"}


def note_before(
    instance: Any, update_fields: Collection[str] | None = None, **_signal: Any
) -> None:
    """Keeps the values that the database still has, to compare them after the save.

    New users have none. A save of other fields, such as `last_login`, is skipped.
    """
    saved = WATCHED if update_fields is None else WATCHED & set(update_fields)
    instance.was_before = None
    if saved and not instance._state.adding:
        instance.was_before = User.objects.filter(pk=instance.pk).values(*saved).first()


def end_access_if_changed(instance: Any, **_signal: Any) -> None:
    """Ends the account's sessions after its password was removed or its rights were changed.

    Without a password its tokens are revoked, too, unless its owner removed it. Tokens survive a
    change of rights: they are checked at each request.
    """
    was = instance.__dict__.pop("was_before", None) or {}
    changed = {name for name, value in was.items() if value != getattr(instance, name)}
    request = current_request()
    if "password" in changed and not instance.has_usable_password():
        record("disable password", request=request, target=target_of(instance))
        end_access(instance)
    if changed & RIGHTS:
        # A session keeps the idle and total time that its rights had at the login, so people with
        # new rights log in again.
        ended = end_sessions(instance.pk, but=request.session.session_key if request else None)
        detail = f"Staff or superuser status was changed. Sessions ended: {ended}."
        record("sign out everywhere", request=request, target=target_of(instance), detail=detail)
