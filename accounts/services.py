"""Create, find, use and revoke personal tokens."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.log import record, target_of
from accounts.audit.request_context import current_request
from accounts.models import PersonalToken
from common.idempotency import once
from common.single_rows import SingleRow

# Days that people can choose from; None means no end.
LIFETIMES: tuple[int | None, ...] = (30, 90, 365, None)
DEFAULT_LIFETIME = 90
USE_IS_NOTED_EVERY = timedelta(minutes=1)

_TEXT = re.compile(r"profai_([0-9a-f]{8})_([0-9a-f]{64})", re.ASCII)
_token_and_user = SingleRow(PersonalToken, by=["digest", "prefix"], related="user")


@dataclass(frozen=True, slots=True)
class MadeToken:
    """`text` is the only copy of the token: show it once. The repr leaves it out."""

    token: PersonalToken
    text: str

    def __repr__(self) -> str:
        return f"MadeToken({self.token})"


class TooManyTokensError(Exception):
    def __init__(self) -> None:
        super().__init__(
            _(
                "This account has %(count)d tokens, the most there can be. Revoke some at "
                "/account/tokens/, and use one token more than once."
            )
            % {"count": settings.TOKENS_PER_USER}
        )


class TokenMadeError(Exception):
    """This request has created a token before; its secret cannot be shown again."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A token was made with this idempotency key. Its text was in that answer only: "
                "revoke it, and make another with a new key."
            )
        )


def make_token(
    *, user: Any, name: str, scopes: Collection[str], days: int | None, key: str = ""
) -> MadeToken:
    """Makes a token that is valid for `days` days, or until it is revoked if that is None.

    The same idempotency `key` makes at most one token. Raises ValidationError, TokenMadeError,
    KeyReusedError or TooManyTokensError.
    """
    prefix, secret = secrets.token_hex(4), secrets.token_hex(32)
    token = PersonalToken(
        user=user,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    token.full_clean(validate_constraints=False)

    def save() -> PersonalToken:
        # Two requests at the same time must not both make the last token that is allowed.
        get_user_model()._default_manager.select_for_update(no_key=True).get(pk=user.pk)
        mine = PersonalToken.objects.filter(user=user)
        if mine.usable().count() >= settings.TOKENS_PER_USER:
            raise TooManyTokensError
        token.save()
        return token

    made = once(
        user=user,
        key=key,
        request=["make token", name, token.scopes, days],
        rows=PersonalToken.objects.all(),
        make=save,
    )
    if not made.is_new:
        raise TokenMadeError
    record("add", request=current_request(), actor=user, target=target_of(token))
    return MadeToken(token, f"profai_{prefix}_{secret}")


def find_token(text: str) -> PersonalToken | None:
    """Returns the token in any state, with its user; None if it is unknown.

    The database compares digests, so how long that takes tells nothing about the secret.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    prefix, secret = match.groups()
    return _token_and_user.find(_digest(secret), prefix)


def note_use(token: PersonalToken) -> None:
    """Writes the last use, at most once a minute, in one UPDATE."""
    now = timezone.now()
    before = now - USE_IS_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    PersonalToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def revoke_token(token: PersonalToken) -> None:
    """Revokes the token immediately. A second call keeps the time of the first."""
    open_token = PersonalToken.objects.filter(pk=token.pk, revoked_at=None)
    if open_token.update(revoked_at=timezone.now()):
        record("revoke", request=current_request(), target=target_of(token))
    token.refresh_from_db(fields=["revoked_at"])


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
