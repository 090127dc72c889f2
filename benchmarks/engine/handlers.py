"""A task that stands in for real work."""

from __future__ import annotations

import os
import time


def note(number: int, path: str) -> None:
    """Do nothing but say, in one write, that it ran and when."""
    line = f"{number} {time.time()}\n".encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
