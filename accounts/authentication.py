"""Authentication by a personal token: `Authorization: Bearer profai_...`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import PersonalToken, TokenState
from accounts.services import find_token, note_use

# The second is what clients of the prototype send.
KEYWORDS = (b"bearer", b"token")


class UnknownTokenError(AuthenticationFailed):
    default_code = "token_unknown"
    default_detail = _("This token is not known. Make one at /account/tokens/.")


class RevokedTokenError(AuthenticationFailed):
    default_code = "token_revoked"
    default_detail = _("This token was revoked. Make another at /account/tokens/.")


class ExpiredTokenError(AuthenticationFailed):
    default_code = "token_expired"
    default_detail = _("This token has expired. Make another at /account/tokens/.")


class InactiveAccountError(AuthenticationFailed):
    default_code = "account_inactive"
    default_detail = _("The account of this token is not active; ask an administrator.")


REFUSALS: dict[TokenState, type[AuthenticationFailed]] = {
    TokenState.REVOKED: RevokedTokenError,
    TokenState.EXPIRED: ExpiredTokenError,
}


class PersonalTokenAuthentication(BaseAuthentication):
    """Sets `request.auth` to the token; `HasScope` checks what it may be used for."""

    def authenticate(self, request: Request) -> tuple[Any, PersonalToken] | None:
        keyword, _space, text = get_authorization_header(request).partition(b" ")
        if keyword.lower() not in KEYWORDS:
            return None
        token = find_token(text.strip().decode("latin-1"))
        if token is None:
            raise UnknownTokenError
        if token.state in REFUSALS:
            raise REFUSALS[token.state]
        if not token.user.is_active:
            raise InactiveAccountError
        note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Returns the header of a 401. As RFC 6750 asks, it names the error only for requests with
        a token."""
        sent = get_authorization_header(request)
        return 'Bearer realm="api"' + (', error="invalid_token"' if sent else "")
