"""A copy of all that is kept about a person, for that person. Apps register what they keep."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import AuditEntry, PersonalToken
from accounts.profiles import profile_of

Reader = Callable[[Any], Any]
_readers: dict[str, Reader] = {}


def register_own_data(name: str, reader: Reader) -> None:
    """Registers a kind of data for the copy: `reader` returns what is kept of an account, as JSON
    has it; `name` names its file."""
    _readers[name] = reader


def export_own_data(user: Any) -> bytes:
    """Returns a zip with one JSON file for each kind of data."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, reader in {"account": _account, **_readers}.items():
            text = json.dumps(reader(user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
            archive.writestr(f"{name}.json", text)
    return buffer.getvalue()


def _account(user: Any) -> dict[str, Any]:
    profile = profile_of(user)
    tokens = PersonalToken.objects.of(user)
    return {
        "username": user.get_username(),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "time_zone": profile.time_zone,
        "language": profile.language,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "tokens": list(tokens.values("name", "scopes", "created_at", "last_used_at", "expires_at")),
        "audit_log": list(
            AuditEntry.objects.filter(actor_id=user.pk).values(
                "at", "action", "object_type", "object_name", "address"
            )
        ),
    }
