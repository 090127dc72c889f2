"""The API of webhooks: create, change, test, delete, rotate the secret."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.rest.etags import VersionedDeleteMixin, check_match, etag
from common.rest.views import IDEMPOTENCY_KEY, GenericViewSet, request_key
from webhooks.api.examples import MADE, NEW
from webhooks.api.serializers import (
    DeliverySerializer,
    EndpointEditSerializer,
    EndpointMadeSerializer,
    EndpointSerializer,
    EndpointWriteSerializer,
    SecretSerializer,
)
from webhooks.models import Endpoint
from webhooks.queries import may_have_webhooks, own_endpoints
from webhooks.services import change_endpoint, create_endpoint, ping, rotate_secret

NOT_KEPT = {"Cache-Control": "no-store"}


class MayHaveWebhooks(BasePermission):
    message = "Your account may not have webhooks; ask an administrator."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return may_have_webhooks(request.user)


class EndpointViewSet(
    VersionedDeleteMixin[Endpoint], mixins.ListModelMixin, GenericViewSet[Endpoint]
):
    """Your webhooks: addresses that are told of events in courses that you may change."""

    queryset = Endpoint.objects.none()
    permission_classes = (*GenericViewSet.permission_classes, MayHaveWebhooks)
    serializer_class = EndpointSerializer
    edit_serializer_class = EndpointEditSerializer
    ordering_fields = ("created_at",)
    throttle_scope: str | None = None
    scopes: ClassVar = {"*": "webhooks"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # These look up names or call other servers.
        if self.action in {"create", "partial_update", "test"}:
            self.throttle_scope = "webhook"
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Endpoint]:
        return own_endpoints(self.request.user)

    @extend_schema(
        request=EndpointWriteSerializer,
        responses={200: EndpointSerializer, 201: EndpointMadeSerializer},
        parameters=[IDEMPOTENCY_KEY],
        examples=[NEW, MADE],
    )
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Ten at most. The answer has the secret, which is shown this once.

        200, without a secret, for a request that came before with the same key.
        """
        wanted = EndpointWriteSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = request_key(request)
        made = create_endpoint(owner=request.user, key=key, **wanted.validated_data)
        data = EndpointSerializer(made.endpoint).data
        headers = {"Location": f"{request.path}{made.endpoint.pk}/", **NOT_KEPT}
        if not made.secret:
            return Response(data, headers=headers)
        data |= {"secret": made.secret}
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(request=EndpointEditSerializer(partial=True))
    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """`active: true` switches on again what was disabled."""
        row = self.get_object()
        # Checked before the look-up of names, and again under the row's lock.
        self._check_version(row)
        change = EndpointEditSerializer(data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        change_endpoint(row, check=self._check_version, **change.validated_data)
        data = self.get_serializer(row).data
        return Response(data, headers={"ETag": etag(data)})

    def _check_version(self, row: Endpoint) -> None:
        check_match(self.request, etag(self.get_serializer(row).data))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete the webhook with its deliveries."""
        return super().destroy(request, *args, **kwargs)

    def remove(self, row: Endpoint) -> None:
        row.delete()

    @extend_schema(request=None, responses={202: DeliverySerializer}, parameters=[IDEMPOTENCY_KEY])
    def test(self, request: Request, **_kwargs: Any) -> Response:
        """Send a `ping`, once; look into the deliveries for how it went."""
        delivery = ping(self.get_object(), key=request_key(request))
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=SecretSerializer)
    def rotate_secret(self, _request: Request, **_kwargs: Any) -> Response:
        """Replace the secret at once. The new one is shown this once."""
        return Response({"secret": rotate_secret(self.get_object())}, headers=NOT_KEPT)
