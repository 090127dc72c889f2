"""Finds rows old enough to be deleted: tokens, sessions, failed logins, audit entries."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, PersonalToken, Session, TokenQuerySet


def old_tokens() -> TokenQuerySet:
    """Tokens that expired or were revoked long ago. Until then the list shows their state."""
    return PersonalToken.objects.ended_before(timezone.now() - settings.CLEANUP_TOKENS)


def ended_sessions() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now())


def old_failures() -> QuerySet[Any]:
    """Returns failed logins that no longer count for a lock."""
    before = timezone.now() - settings.LOGIN_COOL_OFF
    found: QuerySet[Any] = AccessAttempt.objects.filter(attempt_time__lt=before)
    return found


def old_audit_entries() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(at__lt=timezone.now() - settings.CLEANUP_AUDIT)
