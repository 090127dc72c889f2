"""Mail about accounts, sent by workers: no page waits for a mail server, and how long a page takes
tells nobody whether an address has an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_q.tasks import async_task

from accounts.models import Profile
from accounts.profiles import LINK_VALID, link_for


def send_reset_later(user: Any) -> None:
    async_task("accounts.mail.send_reset", user.pk, task_name=f"reset-{user.pk}")


def send_reset(user_id: int) -> None:
    """Send the link with which somebody sets a new password."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    link = reverse("password-reset-confirm", args=[uid, default_token_generator.make_token(user)])
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    _send(
        user.email,
        "A new password for ProfAI",
        f"Somebody asked for a new password for your account {user.get_username()}.\n\n"
        f"Set it here within {minutes} minutes:\n{settings.PUBLIC_URL}{link}\n\n"
        "If it was not you, do nothing: your password stays as it is.",
    )


def send_verification(user_id: int) -> None:
    """Send the link that proves that an address is somebody's own."""
    profile = Profile.objects.select_related("user").exclude(unverified_email="")
    found = profile.filter(user=user_id).first()
    if found is None:
        return
    _send(
        found.unverified_email,
        "Confirm your e-mail address for ProfAI",
        f"Open this link within {LINK_VALID.days} days, so that we know that this address belongs "
        f"to the account {found.user.get_username()}:\n{settings.PUBLIC_URL}{link_for(found)}\n\n"
        "If you did not ask for this, do nothing.",
    )


def _send(to: str, subject: str, text: str) -> None:
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
