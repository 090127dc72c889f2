"""Who may come in by single sign-on, and which account is theirs."""

from __future__ import annotations

from functools import partial
from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.audit.log import Target, record, target_of
from accounts.names import check_name_is_free
from common.outside_calls import PAGE_SECONDS

PROVIDER = "school"
UNAVAILABLE = 503


def refused(request: HttpRequest, words: str, *, why: str, status: int = 403) -> HttpResponse:
    """Shows the page for somebody who does not come in; the audit log says why."""
    target = Target(name="single sign-on")
    record("failed login", request=request, actor=AnonymousUser(), target=target, detail=why)
    return render(request, "accounts/single_sign_on.html", {"problem": words}, status=status)


def unreachable(request: HttpRequest, error: BaseException) -> HttpResponse:
    words = _(
        "%(provider)s cannot be reached at the moment. Try again in a minute, or log in with a "
        "password."
    )
    why = f"{type(error).__name__}: {error}"
    named = {"provider": settings.OIDC_NAME}
    return refused(request, words % named, why=why, status=UNAVAILABLE)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Adds no message of the library's: our own pages say what happened."""

    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002 - the library's
        cleaned: str = super().clean_username(username, shallow)
        check_name_is_free(cleaned)
        return cleaned


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    def list_apps(self, *_args: Any, **_kwargs: Any) -> list[SocialApp]:
        """Returns the provider of the settings, without a query."""
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID,
                secret=str(settings.OIDC_CLIENT_SECRET),
                settings={
                    "server_url": settings.OIDC_ISSUER.rstrip("/"),
                    "oauth_pkce_enabled": True,
                },
            )
        ]

    def get_requests_session(self) -> requests.Session:
        session = requests.Session()
        session.request = partial(session.request, timeout=PAGE_SECONDS)  # type: ignore[method-assign]
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Finds the account, or says why nobody comes in. The answer was checked before."""
        named = {"provider": settings.OIDC_NAME}
        address = next((one.email for one in sociallogin.email_addresses if one.verified), "")
        if not sociallogin.is_existing:
            self._find_by_address(request, sociallogin, address)
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                words = _("Your account here is not active. Ask an administrator.")
                self._refuse(request, words, "The account is not active.")
            return
        if not settings.OIDC_NEW_ACCOUNTS:
            words = _("No account here belongs to your login at %(provider)s. Ask for one.")
            self._refuse(request, words % named, "No account belongs to this login.")
        # Addresses that the provider does not vouch for are not taken over.
        sociallogin.email_addresses = []
        sociallogin.user.email = address

    def _find_by_address(self, request: HttpRequest, sociallogin: Any, address: str) -> None:
        """Links the account with the address, if it may be linked; refuses a second account."""
        found = list(User.objects.filter(email__iexact=address)[:2]) if address else []
        if not found:
            return
        may_link = settings.OIDC_LINK_BY_EMAIL and len(found) == 1 and not found[0].is_superuser
        if not may_link:
            words = _(
                "There is an account with the address %(address)s already. Log in with its "
                "password, or ask an administrator to link it."
            )
            self._refuse(request, words % {"address": address}, "The address is another account's.")
        sociallogin.connect(request, found[0])
        detail = "Single sign-on was linked by the e-mail address."
        record("link", request=request, actor=found[0], target=target_of(found[0]), detail=detail)

    def _refuse(self, request: HttpRequest, words: str, why: str) -> None:
        raise ImmediateHttpResponse(refused(request, words, why=why))

    def is_open_for_signup(self, *_args: Any, **_kwargs: Any) -> bool:
        return bool(settings.OIDC_NEW_ACCOUNTS)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        detail = "By single sign-on."
        record("sign up", request=request, actor=user, target=target_of(user), detail=detail)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        _provider: Any,
        error: Any = None,
        exception: BaseException | None = None,
        **_more: Any,
    ) -> None:
        if isinstance(exception, requests.RequestException):
            raise ImmediateHttpResponse(unreachable(request, exception))
        named = {"provider": settings.OIDC_NAME}
        if error == AuthError.CANCELLED:
            words = _("You cancelled the login at %(provider)s.") % named
            self._refuse(request, words, "It was cancelled.")
        words = _(
            "The answer of %(provider)s was not valid, so nobody was logged in. Begin again at the "
            "login page."
        )
        causes = [str(one) for one in (exception, getattr(exception, "__cause__", None)) if one]
        why = ": ".join(causes) or "The answer belongs to no login that was begun here."
        raise ImmediateHttpResponse(refused(request, words % named, why=why, status=400))
