"""Mail about accounts, sent by workers: no page waits for a mail server, and how long a page takes
tells nobody whether an address has an account. They are in the language of the account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.models import Profile
from accounts.profiles import LINK_VALID, link_for, profile_of


def send_reset_later(user: Any) -> None:
    async_task("accounts.mail.send_reset", user.pk, task_name=f"reset-{user.pk}")


def send_reset(user_id: int) -> None:
    """Sends the link with which somebody sets a new password."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    link = reverse("password-reset-confirm", args=[uid, default_token_generator.make_token(user)])
    with _language_of(profile_of(user)):
        text = _(
            "Somebody asked for a new password for your account %(name)s.\n\n"
            "Set it here within %(minutes)d minutes:\n%(link)s\n\n"
            "If it was not you, do nothing: your password stays as it is."
        ) % {
            "name": user.get_username(),
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            "link": f"{settings.PUBLIC_URL}{link}",
        }
        _send(user.email, _("A new password for ProfAI"), text)


def send_verification(user_id: int) -> None:
    """Sends the link that proves that an address is somebody's own."""
    profile = Profile.objects.select_related("user").exclude(unverified_email="")
    found = profile.filter(user=user_id).first()
    if found is None:
        return
    with _language_of(found):
        text = _(
            "Open this link within %(days)d days, so that we know that this address belongs to the "
            "account %(name)s:\n%(link)s\n\nIf you did not ask for this, do nothing."
        ) % {
            "name": found.user.get_username(),
            "days": LINK_VALID.days,
            "link": f"{settings.PUBLIC_URL}{link_for(found)}",
        }
        _send(found.unverified_email, _("Confirm your e-mail address for ProfAI"), text)


def _language_of(profile: Profile) -> translation.override:
    return translation.override(profile.language or settings.LANGUAGE_CODE)


def _send(to: str, subject: str, text: str) -> None:
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
