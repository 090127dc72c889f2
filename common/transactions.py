"""Transactions that lock rows in one order, and are run again after a deadlock.

docs/architecture.md and `ORDER` say in which order rows are locked. Transactions that keep to it
cannot wait for each other in a circle. PostgreSQL may still end a transaction, because of a
deadlock of implicitly locked rows or a failed serialization. Then all of it was rolled back, and it
is run again.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

# A transaction locks rows in this order, and rows of one model by their primary keys.
ORDER = (
    "courses.course",
    "courses.courseoutline",
    "jobs.job",
    "courses.sourcedocument",
    "courses.module",
    "courses.topic",
    "courses.figure",
    "quizzes.quiz",
    "quizzes.attempt",
    "quizzes.question",
    "quizzes.card",
    "quizzes.certificate",
    "webhooks.endpoint",
)
DEADLOCK, SERIALIZATION = "40P01", "40001"
FOREIGN_KEY, UNIQUE = "23503", "23505"
TRIES = 4
PAUSE = 0.05  # seconds at most before the second try, and twice as long before each that follows


class LockOrderError(AssertionError):
    """Rows were locked in an order that can cause deadlocks."""


def lock(rows: QuerySet[M], *, whole: bool = False) -> QuerySet[M]:
    """Returns the rows by primary key, locked until the transaction ends.

    Other transactions may still add rows that refer to them, for example answers to a question.
    With `whole` they may not; use it for rows that will be deleted. If CHECK_LOCK_ORDER is set,
    raises LockOrderError if a row of a model that comes later in ORDER is locked already.
    """
    if settings.CHECK_LOCK_ORDER:
        _check_order(rows.model._meta.label_lower)
    return rows.order_by("pk").select_for_update(no_key=not whole, of=("self",))


class _Locked:
    """An on-commit hook that does nothing. It marks that the transaction has locked rows of a
    model: Django removes it when the transaction or savepoint that locked them ends.
    """

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self) -> None:
        """Does nothing on commit."""


def _check_order(label: str) -> None:
    # A test may run in a transaction of its own. Locks that the test itself took do not count, only
    # those of the service that it calls.
    blocks: list[Any] = connection.atomic_blocks
    of_test = sum(block._from_testcase for block in blocks)
    service = connection.savepoint_ids[of_test - 1 : of_test] if of_test else []
    follows: list[Any] = connection.run_on_commit
    held = [
        mark.label
        for savepoints, mark, _ in follows
        if isinstance(mark, _Locked) and savepoints.issuperset(service)
    ]
    if label not in held and any(ORDER.index(label) < ORDER.index(other) for other in held):
        raise LockOrderError(f"{label} is locked after {', '.join(held)}; see ORDER.")
    transaction.on_commit(_Locked(label))


def atomic(work: Callable[P, T]) -> Callable[P, T]:
    """Returns a function that calls `work` in a transaction, and calls it again after a deadlock or
    a failed serialization.

    Inside another transaction `work` is called only once, because the whole outer transaction would
    have to be run again. `work` may change nothing but the database, and must read the rows that it
    changes itself: rows that were read before may be out of date.
    """
    return retried(transaction.atomic(work))


def retried(work: Callable[P, T]) -> Callable[P, T]:
    """Does the same as `atomic`, for a function that opens its own transaction."""

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        for number in range(1, TRIES):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if _is_nested() or not is_given_up(error):
                    raise
                logger.warning("%s is run again: %s", work.__qualname__, sqlstate(error))
            # A random pause, so that the same transactions do not collide again.
            time.sleep(random.uniform(0, PAUSE * 2**number))  # noqa: S311 - no secret
        return work(*args, **kwargs)

    return wrapped


def _is_nested() -> bool:
    """Whether this runs inside a transaction. Tests that run in one replace this function."""
    return connection.in_atomic_block


def is_given_up(error: BaseException) -> bool:
    """Whether the error is a deadlock or a failed serialization: another try may succeed."""
    return sqlstate(error) in {DEADLOCK, SERIALIZATION}


def sqlstate(error: BaseException) -> str:
    """Returns the database's code for an error, for example 40P01; "" for other errors."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    return str(getattr(cause, "sqlstate", None) or "")
