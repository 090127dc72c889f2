"""What each target begins with: small files in the repository, and what once failed."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def load(target: str) -> list[bytes]:
    """Never empty: a target without files begins with nothing."""
    found = sorted(path for path in (FOLDER / target).glob("*") if path.is_file())
    return [path.read_bytes() for path in found] or [b""]


def keep(target: str, data: bytes, what: str) -> Path:
    """Save what failed, so that every later run tries it first."""
    name = f"{what}-{hashlib.sha256(data).hexdigest()[:12]}"
    path = FOLDER / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
