"""The school's provider, and the protocol where we are stricter than the library."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string
from requests import RequestException


def absolute(request: HttpRequest, name: str) -> str:
    """Returns the address of one of our pages, as the provider is told it."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{reverse(name)}"
    return request.build_absolute_uri(reverse(name))


class SchoolsServer(OpenIDConnectOAuth2Adapter):  # type: ignore[misc] # allauth has no types
    """Raises OAuth2Error for every answer that is not as it should be; `nonce` is what the
    provider was asked to put into its token."""

    nonce: str | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().openid_config
        except RequestException as error:
            raise OAuth2Error("The provider's document cannot be read.") from error
        if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise OAuth2Error("The provider's document names another issuer than OIDC_ISSUER.")
        return found

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> Any:
        try:
            claims = self._decode_id_token(app, kwargs["response"]["id_token"])
            if not self.nonce or claims.get("nonce") != self.nonce:
                raise OAuth2Error("The token has another nonce.")
            about = self._fetch_user_info(token.token) if self._has_user_info else claims
            if about["sub"] != claims["sub"]:
                raise OAuth2Error("The token and the answer about the person name two people.")
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("Something is missing in the provider's answer.") from error
        return self.get_provider().sociallogin_from_response(request, claims | about)

    @property
    def _has_user_info(self) -> bool:
        return "userinfo_endpoint" in self.openid_config

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Checks the signature too, which the library does not for a token that came over TLS."""
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return claims

    def get_callback_url(self, request: HttpRequest, _app: Any) -> str:
        return absolute(request, "single-sign-on-callback")


class SchoolsProvider(OpenIDConnectProvider):  # type: ignore[misc] # allauth has no types
    oauth2_adapter_class = SchoolsServer

    def begin(self, request: HttpRequest, next_url: str) -> Any:
        """Returns a redirect to the provider. What is asked of it is never taken from the
        request."""
        nonce = get_random_string(32)
        return self.redirect(
            request,
            "login",
            next_url or None,
            data={"nonce": nonce},
            scope=self.get_scope(),
            auth_params={"nonce": nonce},
        )

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Keeps nothing of what the provider says but who it is."""
        return {}


class Callback(OAuth2CallbackView):  # type: ignore[misc] # allauth has no types
    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = ((state or {}).get("data") or {}).get("nonce")
        return state, response


provider_classes = [SchoolsProvider]
