"""How tests wait: for a state, with a limit that only something broken reaches."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds. Far beyond what a busy machine needs; where nothing is broken nobody waits for it.
LONG = 240


def wait_until(holds: Callable[[], object], seconds: float = LONG) -> float:
    """How long it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() < start + seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - start
