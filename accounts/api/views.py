"""Tokens over HTTP: one for a name and a password; for people with a session, their list."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.schema import LOGIN, NEW
from accounts.api.serializers import (
    LoggedInSerializer,
    LoginSerializer,
    MadeTokenSerializer,
    NewTokenSerializer,
    PersonalTokenSerializer,
)
from accounts.audit import record
from accounts.logins import succeeded
from accounts.models import PersonalToken, Scope, TokenQuerySet
from accounts.queries import own_tokens
from accounts.services import make_token, revoke_token
from rest.bodies import BoundedJSONParser
from rest.keys import IDEMPOTENCY_KEY, request_key
from rest.origins import from_another_site
from rest.throttles import AnonymousThrottle

LOGIN_DAYS = 30
NOT_KEPT = {"Cache-Control": "no-store"}


class LoginThrottle(AnonymousThrottle):
    """Slows down those who guess passwords."""

    scope = "login"
    rate = "10/min"


class NotFromAnotherSite(BasePermission):
    """A form needs no token here: a page elsewhere could have its visitors' browsers fail at
    somebody's account, until that is locked out where they are."""

    message = "Another site's page cannot log in here. Send this from a program, or from ProfAI."
    code = "foreign_origin"

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return not from_another_site(request._request)


class LoginView(APIView):
    """A token for a name and a password, with all scopes, for 30 days.

    Better give a program a token of few scopes that you make at `/account/tokens/`.
    """

    # Whoever logs in anew may still be sending a token that has expired.
    authentication_classes = ()
    permission_classes = (NotFromAnotherSite,)
    throttle_classes = (LoginThrottle,)
    parser_classes = (BoundedJSONParser, FormParser, MultiPartParser)

    @extend_schema(
        request={"application/json": LoginSerializer},
        responses=LoggedInSerializer,
        examples=[LOGIN],
    )
    def post(self, request: Request) -> Response:
        login = LoginSerializer(data=request.data, context={"request": request})
        login.is_valid(raise_exception=True)
        user = login.validated_data["user"]
        succeeded(request._request, user)
        record("login", request=request._request, actor=user, detail="By the API, for a token.")
        made = make_token(user=user, name=_client(request), scopes=Scope.values, days=LOGIN_DAYS)
        answer = {"token": made.text, "expires_at": made.token.expires_at}
        return Response(LoggedInSerializer(answer).data, headers=NOT_KEPT)


def _client(request: Request) -> str:
    """The client's own name for itself, as far as it is fit to be shown."""
    agent = request.headers.get("User-Agent", "")
    shown = "".join(letter for letter in agent if letter.isprintable()).strip()
    return shown[:100].rstrip() or "A program without a name"


@extend_schema_view(
    destroy=extend_schema(
        description="Revoke a token. It works no more from now on; the list keeps showing it."
    )
)
class PersonalTokenViewSet(
    mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[PersonalToken]
):
    """Your tokens. For browsers: a token can neither make, show nor revoke tokens."""

    queryset = PersonalToken.objects.none()
    serializer_class = PersonalTokenSerializer
    scopes: dict[str, str] = {}

    def get_queryset(self) -> TokenQuerySet:
        return own_tokens(self.request.user)

    @extend_schema(
        request=NewTokenSerializer,
        responses={201: MadeTokenSerializer},
        examples=[NEW],
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Make a token. Its text is in this answer and never shown again."""
        new = NewTokenSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        made = make_token(
            user=request.user,
            name=new.validated_data["name"],
            scopes=new.validated_data["scopes"],
            days=new.validated_data["expires_in_days"],
            key=request_key(request),
        )
        shown = MadeTokenSerializer(made.token, context={"text": made.text})
        return Response(shown.data, status=status.HTTP_201_CREATED, headers=NOT_KEPT)

    def perform_destroy(self, instance: PersonalToken) -> None:
        revoke_token(instance)
