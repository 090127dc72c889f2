"""Django-Q2's ORM broker, changed so that one query takes the oldest messages, and two workers
never try to take the same one.

Taking a message deletes it: the work is recorded in a step's row, and the maintenance process sends
the message of a step again if the worker that took it died. With `FOR UPDATE SKIP LOCKED` any
number of workers take messages at the same time without waiting for each other.
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
# The array is computed once; the subquery of an IN may be run again for each row.
TAKE = f"""
DELETE FROM {OrmQ._meta.db_table} WHERE id = ANY (ARRAY(
    SELECT id FROM {OrmQ._meta.db_table} WHERE key = %s AND lock <= now()
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
))
RETURNING id, payload
"""  # noqa: S608 - the table's name is Django-Q2's


class Broker(ORM):  # type: ignore[misc] # django_q has no types
    """Puts messages into the queue, from which they can be taken after `delay`, by the database's
    clock.

    A message without delay gets the lock time 1970, so it is due at once even if the clock jumps
    back. `sent` is the id of the message that was enqueued last.
    """

    def __init__(self, list_key: str | None = None, *, delay: timedelta = timedelta()) -> None:
        super().__init__(list_key or Conf.CLUSTER_NAME)
        self._delay = delay.total_seconds()
        self._listens: object = None
        self.sent: int | None = None

    @staticmethod
    def get_connection(list_key: str | None = None) -> QuerySet[OrmQ]:  # noqa: ARG004 - Django-Q2's
        """Returns the queue's rows, without a query. Django-Q2's own method opens a connection, and
        then a worker cannot start while the database is unavailable.
        """
        return OrmQ.objects.using(Conf.ORM)  # type: ignore[no-any-return] # django_q has no types

    def enqueue(self, task: str) -> int:
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(ENQUEUE, [self.list_key, task, self._delay, self._delay])
            message_id: int = cursor.fetchone()[0]
        self.sent = message_id
        return message_id

    def take(self, limit: int = 1) -> list[tuple[int, str]]:
        """Removes the oldest messages that are due and returns them, without waiting if there are
        none.
        """
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(TAKE, [self.list_key, limit])
            return sorted(cursor.fetchall())

    def listen(self) -> bool:
        """Starts to listen for new messages. Returns False if this connection listened already."""
        connection = connections[Conf.ORM]
        connection.ensure_connection()
        if self._listens is connection.connection:
            return False
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._listens = connection.connection
        return True

    def wait(self, seconds: float, interrupt: int | None = None) -> None:
        """Waits for a new message, for `seconds`, or until `interrupt` is readable."""
        raw: Any = connections[Conf.ORM].connection
        # Reads all notices that have arrived, so that none of them ends the next wait too early.
        if list(raw.notifies(timeout=0)):
            return
        watched = [raw.fileno()] if interrupt is None else [raw.fileno(), interrupt]
        select.select(watched, [], [], seconds)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Returns messages, or None if there are none; waits first if it listened already.
        Django-Q2's own cluster calls this.
        """
        taken = self.take(Conf.BULK)
        if taken:
            return taken
        if not self.listen():
            self.wait(Conf.POLL)
        return None
