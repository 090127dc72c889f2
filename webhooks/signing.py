"""Secrets of endpoints, and signatures as in the Standard Webhooks convention.

A signature needs the secret itself, so no hash will do; it is stored encrypted under a key
that is derived from SECRET_KEY, so that a copy of the database alone forges nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX = "whsec_"
SALT = "webhooks.signing"


class SecretLostError(Exception):
    """SECRET_KEY is another than when the secret was stored."""

    def __init__(self) -> None:
        super().__init__("The secret cannot be read any more; make a new one (rotate-secret).")


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def seal(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises SecretLostError."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretLostError from error


def _keys() -> MultiFernet:
    """The first encrypts; SECRET_KEY_FALLBACKS can still read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(SALT, "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
