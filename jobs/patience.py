"""Doing without the database for a while: it restarts, and work goes on where it stopped."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# What a lost connection or a server that is starting or stopping raises.
AWAY = (OperationalError, InterfaceError)
PAUSES = (0.1, 0.2, 0.5, 1.0)


def patient(work: Callable[P, T]) -> Callable[P, T]:
    """Run `work` again while the database is away, for JOB_DATABASE_PATIENCE at most.

    `work` must be one transaction or one statement, and harmless when its first try was
    committed but its answer lost. Inside somebody else's transaction it runs once.
    """

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        end = time.monotonic() + settings.JOB_DATABASE_PATIENCE.total_seconds()
        tries = 0
        while True:
            try:
                return work(*args, **kwargs)
            except AWAY:
                if connection.in_atomic_block or connection_stands() or time.monotonic() > end:
                    raise
                logger.warning("The database is away; %s waits for it", work.__qualname__)
            connection.close()
            time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    return wrapped


def connection_stands() -> bool:
    """Whether the trouble was the statement's, not the connection's."""
    if connection.connection is None:
        return False
    return connection.is_usable()
