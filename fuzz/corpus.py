"""The inputs that each fuzz target begins with: small files, and inputs that failed before.

A target is a module of `fuzz.targets` that checks one reader of untrusted data.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def load(target: str) -> list[bytes]:
    """Returns the target's files, or one empty input where it has none."""
    found = sorted(path for path in (FOLDER / target).glob("*") if path.is_file())
    return [path.read_bytes() for path in found] or [b""]


def keep(target: str, data: bytes, what: str) -> Path:
    """Saves an input that failed, which later runs try before new ones.

    `what` is how it failed: hang, crash or broken.
    """
    name = f"{what}-{hashlib.sha256(data).hexdigest()[:12]}"
    path = FOLDER / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
