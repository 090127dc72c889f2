"""The API of a webhook's deliveries: list them and send one again."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.rest.filters import Filters
from common.rest.views import GenericViewSet
from webhooks.api.endpoints import MayHaveWebhooks
from webhooks.api.serializers import DeliverySerializer
from webhooks.models import SENT, Delivery, DeliveryStatus
from webhooks.queries import own_endpoints
from webhooks.services import redeliver


class DeliveryFilter(Filters):
    status = filters.ChoiceFilter(choices=DeliveryStatus.choices)
    event = filters.ChoiceFilter(choices=SENT)

    class Meta:
        model = Delivery
        fields = ("status", "event")


class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Delivery]):
    """What was sent to a webhook, newest first."""

    queryset = Delivery.objects.none()
    permission_classes = (*GenericViewSet.permission_classes, MayHaveWebhooks)
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    ordering_fields = ("created_at", "ended_at")
    throttle_scope: str | None = None
    scopes: ClassVar = {"*": "webhooks"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action == "redeliver":
            self.throttle_scope = "webhook"
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Delivery]:
        endpoints = own_endpoints(self.request.user)
        endpoint = get_object_or_404(endpoints, pk=self.kwargs["endpoint"])
        return endpoint.deliveries.select_related("endpoint")

    @extend_schema(request=None, responses={202: DeliverySerializer})
    def redeliver(self, _request: Request, **_kwargs: Any) -> Response:
        """Send an ended delivery once more, with its old id."""
        delivery = redeliver(self.get_object())
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)
