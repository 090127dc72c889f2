"""What accounts leave behind, by age: tokens, sessions, failed logins, the audit log."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, PersonalToken, Session, TokenQuerySet


def old_tokens() -> TokenQuerySet:
    """Expired or revoked long ago: until then people see in the list what became of them."""
    return PersonalToken.objects.ended_before(timezone.now() - settings.CLEANUP_TOKENS)


def ended_sessions() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now())


def old_failures() -> QuerySet[Any]:
    """Failed logins that lock nobody out any more."""
    before = timezone.now() - settings.LOGIN_COOL_OFF
    found: QuerySet[Any] = AccessAttempt.objects.filter(attempt_time__lt=before)
    return found


def old_audit_entries() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(at__lt=timezone.now() - settings.CLEANUP_AUDIT)
