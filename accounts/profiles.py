"""One's own account: name, e-mail address, time zone, language; new accounts; deleting one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts.audit.log import record, target_of
from accounts.audit.request_context import current_request
from accounts.models import Profile
from common.middleware import IN_ENGLISH
from common.transactions import atomic

SALT = "profai.email"
LINK_VALID = timedelta(days=3)


@cache
def time_zones() -> list[str]:
    """Returns the names that people can choose from; reading them takes a while."""
    return sorted(available_timezones())


class AccountError(Exception):
    """What was asked for is not possible; the message says what to do."""


def profile_of(user: Any) -> Profile:
    """Returns the account's profile; one that is not stored yet where nothing was chosen."""
    return getattr(user, "profile", None) or Profile(user=user)


@atomic
def save_profile(*, user: User, name: tuple[str, str], email: str, choices: tuple[str, str]) -> str:
    """Saves first and last name, e-mail address, time zone and language.

    Returns the address to which a link was sent: a new one counts once its link is opened. Where no
    mail can be sent it counts at once.
    """
    account = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    profile = profile_of(account)
    account.first_name, account.last_name = name
    profile.time_zone, profile.language = choices
    sent = ""
    if email != account.email:
        if settings.MAIL_CONFIGURED and email:
            profile.unverified_email = sent = email
        else:
            account.email, profile.unverified_email = email, ""
    account.save(update_fields=["first_name", "last_name", "email"])
    profile.save()
    if sent:
        send_link(account.pk)
    return sent


def choose_language(user: Any, language: str) -> None:
    """Keeps the language that was chosen at the foot of a page, for every device."""
    Profile.objects.update_or_create(user=user, defaults={"language": language})


def send_link(user_id: int) -> None:
    """Has a worker send the link that proves an address."""
    async_task("accounts.mail.send_verification", user_id, task_name=f"verify-{user_id}")


def link_for(profile: Profile) -> str:
    token = signing.dumps({"user": profile.user_id, "email": profile.unverified_email}, salt=SALT)
    return reverse("verify-email", args=[token])


@atomic
def verify_email(token: str) -> User:
    """Takes the address of a link as the account's own, and activates an account that waits for it.

    Raises AccountError for a link that is too old, or was replaced by a newer one.
    """
    try:
        claimed = signing.loads(token, salt=SALT, max_age=LINK_VALID)
    except signing.BadSignature as error:
        raise AccountError(_("This link is not valid any more. Have another one sent.")) from error
    waiting = Profile.objects.select_related("user").filter(
        user=claimed["user"], unverified_email=claimed["email"]
    )
    profile = waiting.select_for_update(of=("self",)).first()
    if profile is None:
        raise AccountError(_("This link was used already, or a newer one was sent."))
    user: User = profile.user
    user.email = profile.unverified_email
    if profile.awaits_activation:
        user.is_active = True
    user.save(update_fields=["email", "is_active"])
    profile.unverified_email, profile.awaits_activation = "", False
    profile.save()
    return user


@atomic
def sign_up(*, user: User, email: str) -> None:
    """Saves a new account, whose password is set already. Where mail can be sent it becomes active
    by the link that is sent. Raises AccountError where too many are made."""
    hour = timezone.now() - timedelta(hours=1)
    if User.objects.filter(date_joined__gt=hour).count() >= settings.SIGN_UPS_PER_HOUR:
        raise AccountError(_("Too many new accounts were made in the last hour. Try again later."))
    by_link = settings.MAIL_CONFIGURED
    user.is_active = not by_link
    user.email = "" if by_link else email
    user.save()
    if by_link:
        Profile.objects.create(user=user, unverified_email=email, awaits_activation=True)
        send_link(user.pk)
    record("sign up", request=current_request(), actor=user, target=target_of(user))


@atomic
def delete_account(user: User) -> None:
    """Deletes a learner's account with all that is their own: attempts, certificates, tokens.

    Raises AccountError for staff: what they made is others' work too.
    """
    account = User.objects.select_for_update().get(pk=user.pk)
    if account.is_staff or account.is_superuser:
        raise AccountError(
            _(
                "Accounts of staff are deleted by an administrator, who decides who goes on with "
                "their courses."
            )
        )
    record("delete", request=current_request(), target=target_of(account))
    account.delete()


# Programs and probes see no pages, and must not wait for a session to be looked up.
UNPROFILED = ("/api/", "/health/", "/metrics", "/static/")


class ProfileMiddleware:
    """Shows pages in the time zone and language that the person chose. Staff's pages and the API
    stay in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(UNPROFILED):
            return self._get_response(request)
        profile = getattr(request.user, "profile", None)
        if profile is None:
            return self._get_response(request)
        with ExitStack() as chosen:
            # A zone that a newer system does not know any more must not break every page.
            if profile.time_zone in time_zones():
                chosen.enter_context(timezone.override(ZoneInfo(profile.time_zone)))
            if profile.language and not request.path_info.startswith(IN_ENGLISH):
                chosen.enter_context(translation.override(profile.language))
                response = self._get_response(request)
                # The middleware of languages knows the browser's only.
                response.headers.setdefault("Content-Language", profile.language)
                return response
            return self._get_response(request)
