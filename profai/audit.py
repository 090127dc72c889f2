"""Writes audit log entries for signals of apps, which do not import accounts."""

from __future__ import annotations

from typing import Any

from accounts.audit.log import record, target_of
from accounts.audit.request_context import current_request
from quizzes.models import Question
from quizzes.regrading import Regraded
from quizzes.signals import question_regraded


def connect_audit() -> None:
    question_regraded.connect(note_regrade)


def note_regrade(question: Question, regrade: str, regraded: Regraded, **_signal: Any) -> None:
    """Adds an entry; the entry for the change of the question itself is written later."""
    request = current_request()
    audited = getattr(request, "audited", False)
    detail = f"Chosen: {regrade}. {regraded.words}"
    record("regrade", request=request, target=target_of(question), detail=detail)
    if request is not None:
        request.audited = audited  # type: ignore[attr-defined] # ours
