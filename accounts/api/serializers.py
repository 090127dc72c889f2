"""Serializers of tokens. The secret is only in the response that creates the token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, Throttled

from accounts.forms import lifetime_words
from accounts.logins import Lock, account_key, lock_of
from accounts.models import PersonalToken, Scope, TokenState
from accounts.services import DEFAULT_LIFETIME, LIFETIMES


class LockedOutError(Throttled):
    default_code = "locked_out"

    def __init__(self, lock: Lock) -> None:
        super().__init__(wait=lock.seconds)
        self.detail = ErrorDetail(lock.words, self.default_code)


class LoginSerializer(serializers.Serializer[dict[str, Any]]):
    username = serializers.CharField(write_only=True)
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        request = self.context["request"]._request
        user = authenticate(request, **attrs)
        if user is None:
            lock = lock_of(request, account_key(request, attrs))
            if lock is not None:
                raise LockedOutError(lock)
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
