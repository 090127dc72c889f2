"""Personal tokens, sessions, and the audit log.

A token lets a program act for a person, within the scopes that were given. Its text is
`profai_<prefix>_<secret>`. The prefix recognises it and is no secret; of the secret only its
SHA-256 is stored. The secret is 256 random bits, so a slow hash adds nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may be used for. None includes another: writing does not include reading."""

    COURSES_READ = "courses:read", _("Read courses and their topics")
    COURSES_WRITE = "courses:write", _("Make, change and publish courses")
    QUIZZES_READ = "quizzes:read", _("Read quizzes and results")
    QUIZZES_TAKE = "quizzes:take", _("Take quizzes")
    QUIZZES_WRITE = "quizzes:write", _("Make and change quizzes")
    JOBS_READ = "jobs:read", _("Follow jobs")
    JOBS_WRITE = "jobs:write", _("Cancel and retry jobs")
    WEBHOOKS = "webhooks", _("Manage webhooks")


class TokenState(models.TextChoices):
    ACTIVE = "active", _("Active")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class TokenQuerySet(models.QuerySet["PersonalToken"]):
    def of(self, user: Any) -> TokenQuerySet:
        """Returns the tokens of one person; none for somebody who is not logged in."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def usable(self) -> TokenQuerySet:
        """Returns tokens that are neither revoked nor expired. The owner's account may be
        inactive."""
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

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_has_a_scope"),
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


class Session(AbstractBaseSession):
    """Django's session, with its account, so that all sessions of a person can be ended."""

    account_id = models.BigIntegerField(null=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")


class AuditEntry(models.Model):
    """Something that was done. The database refuses to change a row, or to delete a young one
    (the migrations have the trigger), so that accounts and objects are named and not linked."""

    at = models.DateTimeField("time", default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor = models.CharField("who", max_length=150, blank=True)
    action = models.CharField(max_length=50, db_index=True)
    object_type = models.CharField("kind", max_length=100, blank=True)
    object_id = models.CharField("number", max_length=200, blank=True)
    object_name = models.CharField("object", max_length=200, blank=True)
    detail = models.CharField(max_length=1000, blank=True)
    address = models.GenericIPAddressField("from", null=True)
    by_token = models.CharField(max_length=8, blank=True)
    reference = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit log"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor or 'nobody'}: {self.action}"


class Role(models.Model):
    """A group that ProfAI made, and the rights that it ever gave it, as "app.codename".

    `name` is ours; the group itself may be called something else by now.
    """

    name = models.CharField(max_length=50, unique=True)
    group = models.OneToOneField(
        "auth.Group", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted = ArrayField(models.CharField(max_length=150), default=list, blank=True)

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """What somebody chose for themselves. Accounts without a row have chosen nothing.

    `unverified_email` waits until the link that was sent there is opened; `awaits_activation`: the
    account was made on the page for new accounts and becomes active by that link.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="profile"
    )
    time_zone = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=10, blank=True)
    unverified_email = models.EmailField(blank=True)
    awaits_activation = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.user)
