"""Repeats work that failed because the database was unavailable, for example in a restart."""

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

# Raised for a lost connection and by a server that is starting or stopping.
DB_UNAVAILABLE = (OperationalError, InterfaceError)
PAUSES = (0.1, 0.2, 0.5, 1.0)


def retry_on_db_outage(work: Callable[P, T]) -> Callable[P, T]:
    """Runs `work` again while the database is unavailable, for JOB_DATABASE_PATIENCE at most.

    `work` must be one transaction or one statement, and harmless when it is repeated although its
    first try was committed and only the answer lost. Inside another transaction it runs once.
    """

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        end = time.monotonic() + settings.JOB_DATABASE_PATIENCE.total_seconds()
        tries = 0
        while True:
            try:
                return work(*args, **kwargs)
            except DB_UNAVAILABLE:
                if connection.in_atomic_block or connection_stands() or time.monotonic() > end:
                    raise
                logger.warning("The database is unavailable; %s waits for it", work.__qualname__)
            connection.close()
            time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    return wrapped


def connection_stands() -> bool:
    """Whether the connection still works, so that the error was the statement's."""
    if connection.connection is None:
        return False
    return connection.is_usable()
