"""Who asks how we are. Their session stands in the database, which may begin to hang meanwhile."""

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

LIMIT = 1.0  # seconds; probes wait three


def sees_everything(user: Any) -> bool:
    """Those who look after all courses may know about machines, too."""
    return bool(user.is_active and user.is_staff and user.has_perm("courses.manage_all_courses"))


class Asker:
    """Looks sessions up one after the other: one look-up that hangs holds one thread, and none
    of those that answer probes."""

    def __init__(self) -> None:
        self._looking = threading.Lock()

    def asks_for_staff(self, session: SessionBase) -> bool:
        """Whether it is known in time that somebody asks who sees everything."""
        end = time.monotonic() + LIMIT
        if not self._looking.acquire(timeout=LIMIT):
            return False
        look = _Look(session, self._looking)
        look.start()
        look.join(max(end - time.monotonic(), 0))
        return look.sees


class _Look(threading.Thread):
    def __init__(self, session: SessionBase, looking: threading.Lock) -> None:
        super().__init__(name="health-asker", daemon=True)
        # A copy: what is noted in a session that was read is saved when its request is answered.
        self._session = type(session)(session.session_key)
        self._looking = looking
        self.sees = False

    def run(self) -> None:
        request = HttpRequest()
        request.session = self._session
        try:
            self.sees = sees_everything(get_user(request))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Who asks for our health cannot be looked up: %s", error)
        finally:
            connections.close_all()
            self._looking.release()
