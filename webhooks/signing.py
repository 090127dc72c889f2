"""Secrets of endpoints, and signatures as the Standard Webhooks convention defines them.

Signing needs the secret itself, so a hash cannot be stored. It is stored encrypted with a key
derived from SECRET_KEY, so that a copy of the database alone is not enough to forge messages.
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
    """The secret was encrypted with another SECRET_KEY."""

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
    """Encrypts with SECRET_KEY; decrypts also with SECRET_KEY_FALLBACKS."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(SALT, "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
