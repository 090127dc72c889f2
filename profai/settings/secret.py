"""A secret key for a single machine, made once and readable by its owner only."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def stored_secret_key(path: Path) -> str:
    """Returns the key in `path`, making the file first if it is not there.

    Several processes may start at once: whoever creates the file wins, the rest read it. An empty
    file is refused: sessions and the secrets of webhooks may depend on the key that was in it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        raise ImproperlyConfigured(
            f"The secret key in {path} cannot be used: {reason}. Make the file readable and "
            "writable for you alone, or set SECRET_KEY."
        ) from error
    if not key:
        raise ImproperlyConfigured(
            f"{path} is empty. Put the key back from a backup. If there is none, remove the file "
            "and start again: a new key is made, everybody has to log in again, and the secrets "
            "of webhooks have to be set anew."
        )
    return key


def _make(path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(get_random_secret_key())
        file.flush()
        # Otherwise a power cut could leave an empty file.
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def cookie_suffix(key: str) -> str:
    """Returns a name for cookies: browsers share them between installations of one host."""
    return hashlib.sha256(b"name of cookies" + key.encode()).hexdigest()[:8]
