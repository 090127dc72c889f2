"""Personal tokens: how programs act for a person, within the scopes that were given.

A token's text is `profai_<prefix>_<secret>`. The prefix recognises it and is no secret; of the
secret only its SHA-256 is stored. The secret is 256 random bits, so a slow hash adds nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Scope(models.TextChoices):
    """What a token may be used for. None includes another: writing does not include reading."""

    COURSES_READ = "courses:read", "Read courses and their topics"
    COURSES_WRITE = "courses:write", "Make, change and publish courses"
    QUIZZES_READ = "quizzes:read", "Read quizzes and results"
    QUIZZES_TAKE = "quizzes:take", "Take quizzes"
    QUIZZES_WRITE = "quizzes:write", "Make and change quizzes"
    JOBS_READ = "jobs:read", "Follow jobs"
    JOBS_WRITE = "jobs:write", "Cancel and retry jobs"
    WEBHOOKS = "webhooks", "Manage webhooks"


class TokenState(models.TextChoices):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class TokenQuerySet(models.QuerySet["PersonalToken"]):
    def usable(self) -> TokenQuerySet:
        """Neither revoked nor expired; whether the owner's account is active is not asked."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, revoked_at=None)

    def ended_before(self, moment: datetime) -> TokenQuerySet:
        return self.filter(Q(expires_at__lt=moment) | Q(revoked_at__lt=moment))


class PersonalToken(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_tokens"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    request_key = models.CharField(max_length=255, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_has_a_scope"),
            models.UniqueConstraint(
                fields=["user", "request_key"],
                condition=~Q(request_key=""),
                name="token_request_key",
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values), name="token_scopes_are_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (profai_{self.prefix}_…)"

    @property
    def state(self) -> TokenState:
        if self.revoked_at is not None:
            return TokenState.REVOKED
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return TokenState.EXPIRED
        return TokenState.ACTIVE

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]
