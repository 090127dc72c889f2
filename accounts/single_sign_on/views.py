"""To the school's provider and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from accounts.single_sign_on.adapters import PROVIDER, unreachable
from accounts.single_sign_on.provider import Callback, SchoolsServer, absolute
from common.outside_calls import OutsideBusyError, outside_call


@require_safe
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Leads to the provider. A link leads here, not a form: our policy sends forms nowhere else."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    page = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    )
    provider: Any = get_adapter(request).get_provider(request, PROVIDER)
    return _answer(request, lambda: provider.begin(request, page if is_ours else ""))


@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    return _answer(
        request, lambda: Callback.adapter_view(SchoolsServer(request, PROVIDER))(request)
    )


@require_safe
@never_cache
def end(request: HttpRequest) -> HttpResponse:
    """Leads to the provider's page that logs out there, for computers that people share."""

    def leave() -> HttpResponse:
        page = SchoolsServer(request, PROVIDER).openid_config.get("end_session_endpoint")
        if not page:
            return redirect(settings.OIDC_ISSUER)
        query = {
            "client_id": settings.OIDC_CLIENT_ID,
            "post_logout_redirect_uri": absolute(request, "login"),
        }
        return redirect(f"{page}?{urlencode(query)}")

    return _answer(request, leave)


def _answer(request: HttpRequest, work: Callable[[], Any]) -> HttpResponse:
    try:
        with outside_call():
            response: HttpResponse = work()
            return response
    except (OutsideBusyError, OAuth2Error, RequestException) as error:
        return unreachable(request, error)
