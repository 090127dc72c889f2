"""Ends sessions and tokens after a new password."""

from __future__ import annotations

from typing import Any

from accounts.audit.request_context import current_request
from accounts.models import PersonalToken
from accounts.services import revoke_token
from accounts.sessions import end_sessions


class EndsAccess:
    """Ends other sessions of an account when its password is changed.

    It accepts every password; it is registered as a validator because Django calls
    `password_changed` on those. If anybody but the person who is logged in sets the password, or a
    forgotten one is reset, it may have been stolen: then the account's tokens are revoked, too.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Accepts every password."""

    def get_help_text(self) -> str:
        return "A new password ends all other sessions of the account."

    def password_changed(self, password: str, user: Any = None) -> None:
        del password
        if user is not None and user.pk is not None:
            end_access(user)


def end_access(user: Any) -> None:
    """Ends the account's other sessions; revokes its tokens if somebody else acts."""
    request = current_request()
    own = request is not None and getattr(request.user, "pk", None) == user.pk
    end_sessions(user.pk, but=request.session.session_key if request and own else None)
    if not own:
        for token in PersonalToken.objects.filter(user=user.pk, revoked_at=None):
            revoke_token(token)
