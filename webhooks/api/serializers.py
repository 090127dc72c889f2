"""Serializers of endpoints and deliveries, for their owners."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.outside_addresses import MAX_LENGTH
from webhooks.models import Delivery, Endpoint, Event


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    events = serializers.ListField(child=serializers.ChoiceField(Event.choices), read_only=True)

    class Meta:
        model = Endpoint
        fields = (
            "id",
            "url",
            "description",
            "events",
            "active",
            "created_at",
            "disabled_at",
            "disabled_reason",
        )
        read_only_fields = fields


class EndpointWriteSerializer(serializers.Serializer[dict[str, Any]]):
    url = serializers.CharField(
        max_length=MAX_LENGTH, help_text="https, on a public address; without a password."
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(Event.choices), allow_empty=False, max_length=20
    )
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)


class EndpointEditSerializer(EndpointWriteSerializer):
    active = serializers.BooleanField(required=False)


class SecretSerializer(serializers.Serializer[dict[str, Any]]):
    """The secret that messages are signed with. It is shown this once."""

    secret = serializers.CharField(read_only=True)


class EndpointMadeSerializer(EndpointSerializer):
    """With the secret that messages are signed with. It is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(EndpointSerializer.Meta):
        fields = (*EndpointSerializer.Meta.fields, "secret")  # type: ignore[assignment] # one more


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """`next_at` is when it is tried next; `duration` the seconds of the latest try."""

    next_at = serializers.SerializerMethodField()
    duration = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event",
            "payload",
            "status",
            "attempts",
            "created_at",
            "next_at",
            "ended_at",
            "response_status",
            "response_excerpt",
            "error",
            "duration",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_next_at(self, delivery: Delivery) -> str | None:
        return None if delivery.ended_at else delivery.next_at.isoformat()

    def get_duration(self, delivery: Delivery) -> float | None:
        return None if delivery.duration is None else round(delivery.duration.total_seconds(), 3)
