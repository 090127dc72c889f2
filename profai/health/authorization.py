"""Decides who may see health details. Sessions are in the database, which may hang."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.db import DatabaseError, InterfaceError, connections
from django.http import HttpRequest

logger = logging.getLogger("profai.health")

TIME_LIMIT = 1.0  # seconds; load balancers wait three


def sees_everything(user: Any) -> bool:
    """Whether the user may see details of machines: staff who manage all courses."""
    return bool(user.is_active and user.is_staff and user.has_perm("courses.manage_all_courses"))


class StaffSessions:
    """Looks sessions up, one at a time, each in a new thread: a look-up that hangs blocks none of
    the threads that answer health checks."""

    def __init__(self) -> None:
        self._looking = threading.Lock()

    def belongs_to_staff(self, session: SessionBase) -> bool:
        """Whether the session is of staff who may see everything; False if that takes too long."""
        end = time.monotonic() + TIME_LIMIT
        if not self._looking.acquire(timeout=TIME_LIMIT):
            return False
        look = _LookUp(session, self._looking)
        look.start()
        look.join(max(end - time.monotonic(), 0))
        return look.sees


class _LookUp(threading.Thread):
    def __init__(self, session: SessionBase, looking: threading.Lock) -> None:
        super().__init__(name="health-session", daemon=True)
        # A copy, because a session that was read here would be saved with the request.
        self._session = type(session)(session.session_key)
        self._looking = looking
        self.sees = False

    def run(self) -> None:
        request = HttpRequest()
        request.session = self._session
        try:
            self.sees = sees_everything(get_user(request))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The session of a health check cannot be looked up: %s", error)
        finally:
            connections.close_all()
            self._looking.release()
