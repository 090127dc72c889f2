"""Tokens as the API shows them. A secret is in one answer only: that to its making."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers

from accounts.forms import lifetime_words
from accounts.models import PersonalToken, Scope, TokenState
from accounts.services import DEFAULT_LIFETIME, LIFETIMES


class LoginSerializer(serializers.Serializer[dict[str, Any]]):
    username = serializers.CharField(write_only=True)
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = authenticate(self.context["request"], **attrs)
        if user is None:
            raise serializers.ValidationError("No active account has this name and password.")
        return {"user": user}


class LoggedInSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class PersonalTokenSerializer(serializers.ModelSerializer[PersonalToken]):
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), read_only=True)
    state = serializers.ChoiceField(TokenState.choices, read_only=True)

    class Meta:
        model = PersonalToken
        fields = (
            "id",
            "name",
            "prefix",
            "scopes",
            "state",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        )
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.MultipleChoiceField(choices=Scope.choices, allow_empty=False)
    expires_in_days = serializers.ChoiceField(
        [(days, lifetime_words(days)) for days in LIFETIMES if days is not None],
        default=DEFAULT_LIFETIME,
        allow_null=None in LIFETIMES,
        help_text="null never expires.",
    )


class MadeTokenSerializer(PersonalTokenSerializer):
    token = serializers.SerializerMethodField(
        help_text="Shown this once; keep it where only your program can read it."
    )

    class Meta(PersonalTokenSerializer.Meta):
        fields = (*PersonalTokenSerializer.Meta.fields, "token")  # type: ignore[assignment] # one more

    def get_token(self, _token: PersonalToken) -> str:
        text: str = self.context["text"]
        return text
