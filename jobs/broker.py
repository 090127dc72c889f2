"""Django-Q2's ORM broker with one query a delivery, oldest first, and no losing race.

Taking a message deletes it: what the message asks for stands in a step's row, and the
sweep sends the message of a step again if its taker died. `FOR UPDATE SKIP LOCKED` lets
any number of workers take at once without reading each other's rows.
"""

from __future__ import annotations

import select
from datetime import timedelta
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

CHANNEL = "profai_queue"

ENQUEUE = f"""
WITH message AS (
    INSERT INTO {OrmQ._meta.db_table} (key, payload, lock)
    VALUES (%s, %s, CASE WHEN %s = 0 THEN to_timestamp(0) ELSE now() + %s * interval '1 s' END)
    RETURNING id
)
SELECT id, pg_notify('{CHANNEL}', '') FROM message
"""  # noqa: S608 - the table's name is Django-Q2's
# An array is computed once; a plan may run the subquery of an IN again for each row.
TAKE = f"""
DELETE FROM {OrmQ._meta.db_table} WHERE id = ANY (ARRAY(
    SELECT id FROM {OrmQ._meta.db_table} WHERE key = %s AND lock <= now()
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
))
RETURNING id, payload
"""  # noqa: S608 - the table's name is Django-Q2's


class Broker(ORM):  # type: ignore[misc] # django_q has no types
    """`delay` keeps what is enqueued from being taken for a while, by the database's clock.

    A message without delay carries the lock of 1970: no clock that jumps can hide it.
    """

    def __init__(self, list_key: str | None = None, *, delay: timedelta = timedelta()) -> None:
        super().__init__(list_key or Conf.CLUSTER_NAME)
        self._delay = delay.total_seconds()
        self._listens: object = None

    @staticmethod
    def get_connection(list_key: str | None = None) -> QuerySet[OrmQ]:  # noqa: ARG004 - Django-Q2's
        """Asks the database nothing. Django-Q2's own looks whether its connection is stale, which
        opens one: a worker could not even start while the database is away."""
        return OrmQ.objects.using(Conf.ORM)  # type: ignore[no-any-return] # django_q has no types

    def enqueue(self, task: str) -> int:
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(ENQUEUE, [self.list_key, task, self._delay, self._delay])
            number: int = cursor.fetchone()[0]
        return number

    def take(self, limit: int = 1) -> list[tuple[int, str]]:
        """Remove the oldest messages that are due and return them, or nothing at once."""
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(TAKE, [self.list_key, limit])
            return sorted(cursor.fetchall())

    def listen(self) -> bool:
        """Hear of new messages from now on; False if this connection listened already."""
        connection = connections[Conf.ORM]
        connection.ensure_connection()
        if self._listens is connection.connection:
            return False
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._listens = connection.connection
        return True

    def wait(self, seconds: float, interrupt: int | None = None) -> None:
        """Wait for a new message, for the time, or until the descriptor can be read."""
        raw: Any = connections[Conf.ORM].connection
        if any(True for _ in raw.notifies(timeout=0)):
            return
        watched = [raw.fileno()] if interrupt is None else [raw.fileno(), interrupt]
        select.select(watched, [], [], seconds)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """As Django-Q2's own cluster calls it: messages, or None after a wait."""
        taken = self.take(Conf.BULK)
        if taken:
            return taken
        if not self.listen():
            self.wait(Conf.POLL)
        return None
