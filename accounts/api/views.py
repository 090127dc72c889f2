"""The API of tokens: log in for a token; with a session, list, create and revoke tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins, status, views
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    LoggedInSerializer,
    LoginSerializer,
    MadeTokenSerializer,
    NewTokenSerializer,
    PersonalTokenSerializer,
)
from accounts.audit.log import record
from accounts.logins import succeeded
from accounts.models import PersonalToken, Scope, TokenQuerySet
from accounts.permissions import needed_scope
from accounts.services import make_token, revoke_token
from common.bodies import BoundedJSONParser
from common.origins import from_another_site
from common.rest.throttles import AnonymousThrottle
from common.rest.views import IDEMPOTENCY_KEY, APIView, GenericViewSet, request_key

LOGIN_DAYS = 30
NOT_KEPT = {"Cache-Control": "no-store"}
_SHOWN_ONCE = f"profai_3f9c2a10_{'0123456789abcdef' * 4}"
LOGIN_EXAMPLE = OpenApiExample(
    "A token of all scopes",
    {"token": _SHOWN_ONCE, "expires_at": "2027-01-31T12:00:00Z"},
    response_only=True,
    status_codes=["200"],
)
NEW_EXAMPLE = OpenApiExample(
    "A token to read with",
    {"name": "Nightly report", "scopes": ["courses:read", "quizzes:read"], "expires_in_days": 90},
    request_only=True,
)

_ABOUT = (
    "A personal token, made at `/account/tokens/`. An operation needs the scope that it names "
    "in its `security`; none includes another. What your account may not do, a token may not "
    "either."
)


class PersonalTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers it
    """Registered by its definition. The scope is given where OpenAPI 3.1 has roles."""

    target_class = "accounts.authentication.PersonalTokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "profai_<prefix>_<secret>",
            "description": f"{_ABOUT} The scopes are: {', '.join(Scope.values)}.",
        }

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Empty for views that accept no tokens."""
        needed = needed_scope(auto_schema.view, auto_schema.method)
        return [] if needed is None else [{self.name: [needed]}]


class LoginThrottle(AnonymousThrottle):
    """Slows down those who guess passwords."""

    scope = "login"
    rate = "10/min"


class NotFromAnotherSite(BasePermission):
    """Refuses logins that another site's page made a browser send: without CSRF tokens here, such a
    page could lock an account out for the network of its visitors."""

    message = "Another site's page cannot log in here. Send this from a program, or from ProfAI."
    code = "foreign_origin"

    def has_permission(self, request: Request, _view: views.APIView) -> bool:
        return not from_another_site(request._request)


class LoginView(APIView):
    """A token for a name and a password, with all scopes, for 30 days.

    Better give a program a token of few scopes that you make at `/account/tokens/`.
    """

    # A client that logs in again may still send its expired token.
    authentication_classes = ()
    permission_classes = (NotFromAnotherSite,)
    throttle_classes = (LoginThrottle,)
    parser_classes = (BoundedJSONParser, FormParser, MultiPartParser)

    @extend_schema(
        request={"application/json": LoginSerializer},
        responses=LoggedInSerializer,
        examples=[LOGIN_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        login = LoginSerializer(data=request.data, context={"request": request})
        login.is_valid(raise_exception=True)
        user = login.validated_data["user"]
        succeeded(request._request, user)
        record("login", request=request._request, actor=user, detail="By the API, for a token.")
        # The User-Agent, without characters that cannot be shown.
        agent = filter(str.isprintable, request.headers.get("User-Agent", ""))
        name = "".join(agent).strip()[:100].rstrip() or "A program without a name"
        made = make_token(user=user, name=name, scopes=Scope.values, days=LOGIN_DAYS)
        answer = {"token": made.text, "expires_at": made.token.expires_at}
        return Response(LoggedInSerializer(answer).data, headers=NOT_KEPT)


@extend_schema_view(
    destroy=extend_schema(description="Revokes the token immediately; the list still shows it.")
)
class PersonalTokenViewSet(
    mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[PersonalToken]
):
    """Your tokens. For browsers: a token can neither make, show nor revoke tokens."""

    queryset = PersonalToken.objects.none()
    serializer_class = PersonalTokenSerializer
    scopes: dict[str, str] = {}

    def get_queryset(self) -> TokenQuerySet:
        return PersonalToken.objects.of(self.request.user)

    @extend_schema(
        request=NewTokenSerializer,
        responses={201: MadeTokenSerializer},
        examples=[NEW_EXAMPLE],
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
