"""Ends sessions and tokens after a new password."""

from __future__ import annotations

from typing import Any

from accounts.audit.request_context import current_request
from accounts.models import PersonalToken
from accounts.services import revoke_token
from accounts.sessions import end_sessions


class EndsAccess:
    """Not a rule for passwords: Django tells its validators that a password was changed.

    All other sessions of the account end. Somebody else who sets a password does so because it
    was lost or stolen: then the account's tokens end, too. Who changes their own keeps them.
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
    request = current_request()
    own = request is not None and getattr(request.user, "pk", None) == user.pk
    end_sessions(user.pk, but=request.session.session_key if request and own else None)
    if not own:
        for token in PersonalToken.objects.filter(user=user.pk, revoked_at=None):
            revoke_token(token)
