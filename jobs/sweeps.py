"""What else the keeper looks after at each of its rounds, handed in by dotted path."""

from __future__ import annotations

import logging

from jobs.patience import AWAY
from jobs.pipelines import load

logger = logging.getLogger(__name__)

_sweeps: dict[str, None] = {}


def register_sweep(path: str) -> None:
    """`path` leads to `() -> int`; it may run in any number of keepers at once."""
    _sweeps[path] = None


def run_sweeps() -> None:
    """A defect in one stops neither the others nor the keeper."""
    for path in _sweeps:
        try:
            load(path)()
        except AWAY:
            raise
        except Exception:
            logger.exception("The sweep %s broke", path)
