"""Sessions in the database, each with its account and its end.

A session ends a time after it was last used, and at a set time after the login whatever was
done; people who look after others have shorter limits. That is asked whenever a session is read,
so that nothing that reads one can forget it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, gettext_noop

from accounts.models import Session

BEGAN, USED, STAFF = "began", "used", "staff"
# Writing for each request would cost too much.
USE_IS_NOTED_EVERY = timedelta(minutes=5)
WORDS = {
    "idle": gettext_noop(
        "You were logged out because you did nothing for a while. Log in to go on."
    ),
    "total": gettext_noop("Your session has ended. Log in to go on."),
}


class SessionStore(DatabaseStore):
    """`ended` says why the session ended: "idle", "total", or "" if it did not."""

    ended = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment] # of the class above
        row.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

    def load(self) -> dict[str, Any]:
        data = super().load()
        if SESSION_KEY not in data:
            return data
        now = time.time()
        self.ended = _why_ended(data, now)
        if self.ended:
            self.delete()
            self._session_key = None
            return {}
        if now - data.get(USED, 0) >= min(USE_IS_NOTED_EVERY.total_seconds(), _idle(data) / 4):
            data[USED] = now
            self.modified = True
        return data

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()


def begin(request: HttpRequest, user: Any) -> None:
    """Stores the account and the start, at the login, after Django has changed the key."""
    now = time.time()
    staff = user.is_staff or user.is_superuser
    request.session.update({BEGAN: now, USED: now, STAFF: bool(staff)})


def _why_ended(data: dict[str, Any], now: float) -> str:
    if now - data.get(USED, now) >= _idle(data):
        return "idle"
    total = settings.SESSION_STAFF_TOTAL if data.get(STAFF) else settings.SESSION_TOTAL
    return "total" if now - data.get(BEGAN, 0) >= total.total_seconds() else ""


def _idle(data: dict[str, Any]) -> float:
    idle: timedelta = settings.SESSION_STAFF_IDLE if data.get(STAFF) else settings.SESSION_IDLE
    return idle.total_seconds()


def end_sessions(user_id: int, *, but: str | None = None) -> int:
    """Ends all sessions of an account, except `but`; returns how many."""
    ended, _ = Session.objects.filter(account_id=user_id).exclude(pk=but or "").delete()
    return ended


class EndedSessionsMiddleware:
    """Tells people on the login page that their session ended, and why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        ended = getattr(request.session, "ended", "")
        if ended and response.status_code in {301, 302}:
            messages.info(request, gettext(WORDS[ended]))
        return response
