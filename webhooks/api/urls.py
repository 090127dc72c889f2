from __future__ import annotations

from typing import Any

from django.urls import path

from webhooks.api.deliveries import DeliveryViewSet
from webhooks.api.endpoints import EndpointViewSet

many: Any = {"get": "list", "post": "create"}
one: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
DELIVERIES = "webhooks/<int:endpoint>/deliveries/"

urlpatterns = [
    path("webhooks/", EndpointViewSet.as_view(many), name="api-webhook-list"),
    path("webhooks/<int:pk>/", EndpointViewSet.as_view(one), name="api-webhook-detail"),
    path("webhooks/<int:pk>/test/", EndpointViewSet.as_view({"post": "test"})),
    path("webhooks/<int:pk>/rotate-secret/", EndpointViewSet.as_view({"post": "rotate_secret"})),
    path(DELIVERIES, DeliveryViewSet.as_view({"get": "list"}), name="api-delivery-list"),
    path(DELIVERIES + "<uuid:pk>/", DeliveryViewSet.as_view({"get": "retrieve"})),
    path(DELIVERIES + "<uuid:pk>/redeliver/", DeliveryViewSet.as_view({"post": "redeliver"})),
]
